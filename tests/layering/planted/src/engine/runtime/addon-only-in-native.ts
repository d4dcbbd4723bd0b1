import '../../../native/addon.node';
