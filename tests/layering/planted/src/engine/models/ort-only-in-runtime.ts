import 'onnxruntime-node';
