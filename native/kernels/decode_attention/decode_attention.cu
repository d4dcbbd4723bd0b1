// Decode attention: append to the cache, attend piece by piece with one key per warp at a time,
// merge the pieces. Equations and shapes: decode_attention.cuh.
#include "cuda/device.cuh"
#include "kernels/decode_attention/decode_attention.cuh"

namespace rationale::cuda {

namespace {

struct DecodeRow {
  i64 prefix_start;
  i64 prefix_length;
  i64 slot;
  i64 position;
  bool valid;
};

__device__ inline DecodeRow ReadDecodeRow(const DecodeAttentionParams& p, i64 row) {
  const i32* r = p.rows + 4 * row;
  DecodeRow d{r[1] == 0 ? 0 : r[0], r[1], r[2], r[3], true};
  d.valid = d.prefix_start >= 0 && d.prefix_length >= 0 &&
            d.prefix_start + d.prefix_length <= p.prefix_rows && d.slot >= 0 && d.slot < p.slots &&
            d.position >= 0 && d.position < p.capacity;
  return d;
}

__device__ inline float TurnedElement(const DecodeAttentionParams& p, i64 row, i64 head, i64 e) {
  const i64 size = p.head_size;
  const float* x = p.qkv + (row * (p.heads + 2 * p.kv_heads) + head) * size;
  if (head >= p.heads + p.kv_heads) return x[e];
  const i64 half = size / 2;
  const float other = e < half ? -x[e + half] : x[e - half];
  return x[e] * p.cos[row * size + e] + other * p.sin[row * size + e];
}

}  // namespace

/// One thread per element of the tokens' keys and values [B, 2KE].
extern "C" __global__ void decode_append_kernel(DecodeAttentionParams p) {
  const i64 i = GlobalThread();
  if (i >= p.batch * p.kv_columns()) return;
  const i64 row = i / p.kv_columns();
  const i64 column = i % p.kv_columns();
  const DecodeRow d = ReadDecodeRow(p, row);
  if (!d.valid) return;
  p.cache[(d.slot * p.capacity + d.position) * p.kv_columns() + column] =
      TurnedElement(p, row, p.heads + column / p.head_size, column % p.head_size);
}

namespace {

/// A warp takes every kDecodeWarps-th key of the piece, a lane the columns lane, lane + 32, ...
template <int kChunks>
__device__ void DecodeBlock(const DecodeAttentionParams& p) {
  const i64 row = blockIdx.x / p.kv_heads;
  const i64 kv_head = blockIdx.x % p.kv_heads;
  const i64 piece = blockIdx.y;
  const i64 group = p.heads / p.kv_heads;
  const i64 head0 = kv_head * group + static_cast<i64>(blockIdx.z) * kDecodeHeads;
  const i64 left = (kv_head + 1) * group - head0;
  const int heads = static_cast<int>(left < kDecodeHeads ? left : kDecodeHeads);
  const i64 size = p.head_size;
  const DecodeRow d = ReadDecodeRow(p, row);
  const i64 keys = d.valid ? d.prefix_length + d.position + 1 : 0;
  // Cut by the most keys there can be, so that a piece is the same whoever else is in the batch.
  const i64 piece_keys = CeilDiv(p.prefix_rows + p.capacity, p.pieces);
  const i64 begin = piece * piece_keys;
  const i64 end = begin + piece_keys < keys ? begin + piece_keys : keys;

  float query[kDecodeHeads][kChunks];
  float out[kDecodeHeads][kChunks];
  float maximum[kDecodeHeads];
  float sum[kDecodeHeads];
  for (int h = 0; h < kDecodeHeads; ++h) {
    maximum[h] = MinusInfinity();
    sum[h] = 0.0f;
    for (int c = 0; c < kChunks; ++c) {
      const i64 e = c * kWarp + Lane();
      out[h][c] = 0.0f;
      query[h][c] = h < heads && e < size ? p.scale * TurnedElement(p, row, head0 + h, e) : 0.0f;
    }
  }
  for (i64 j = begin + WarpIndex(); j < end; j += kDecodeWarps) {
    const float* key = j < d.prefix_length
                           ? p.prefix_kv + (d.prefix_start + j) * p.kv_columns()
                           : p.cache + (d.slot * p.capacity + j - d.prefix_length) * p.kv_columns();
    key += kv_head * size;
    const float* value = key + p.kv_heads * size;
    float k[kChunks];
    float v[kChunks];
    for (int c = 0; c < kChunks; ++c) {
      const i64 e = c * kWarp + Lane();
      k[c] = e < size ? key[e] : 0.0f;
      v[c] = e < size ? value[e] : 0.0f;
    }
#pragma unroll
    for (int h = 0; h < kDecodeHeads; ++h) {
      if (h >= heads) continue;  // Not `break`: an unrolled loop keeps its arrays in registers.
      float score = 0.0f;
      for (int c = 0; c < kChunks; ++c) score += query[h][c] * k[c];
      score = WarpSum(score);
      const float highest = score > maximum[h] ? score : maximum[h];
      const float shrink = expf(maximum[h] - highest);
      const float weight = expf(score - highest);
      maximum[h] = highest;
      sum[h] = sum[h] * shrink + weight;
      for (int c = 0; c < kChunks; ++c) out[h][c] = out[h][c] * shrink + weight * v[c];
    }
  }

  // Merge the warps, one head at a time: the warps' results through shared memory, added in order.
  float* results = DynamicShared<float>();  // [warps][E + 2]
#pragma unroll
  for (int h = 0; h < kDecodeHeads; ++h) {
    if (h >= heads) continue;
    float* mine = results + WarpIndex() * p.partial_size();
    for (int c = 0; c < kChunks; ++c) {
      const i64 e = c * kWarp + Lane();
      if (e < size) mine[e] = out[h][c];
    }
    if (Lane() == 0) {
      mine[size] = maximum[h];
      mine[size + 1] = sum[h];
    }
    __syncthreads();
    float highest = MinusInfinity();
    for (int w = 0; w < kDecodeWarps; ++w) {
      const float m = results[w * p.partial_size() + size];
      highest = m > highest ? m : highest;
    }
    float* to = p.partial + ((row * p.heads + head0 + h) * p.pieces + piece) * p.partial_size();
    for (i64 e = threadIdx.x; e < p.partial_size(); e += kDecodeThreads) {
      float total = 0.0f;
      for (int w = 0; w < kDecodeWarps; ++w) {
        const float* from = results + w * p.partial_size();
        if (from[size + 1] == 0.0f) continue;  // This warp saw no key; its maximum is -inf.
        total += expf(from[size] - highest) * from[e == size ? size + 1 : e];
      }
      // Column `size` carries the sum, the last one the maximum.
      to[e] = e == size + 1 ? highest : total;
    }
    __syncthreads();
  }
}

}  // namespace

// Grid (B K, pieces, ceil(H / K / kDecodeHeads)), kDecodeThreads, DecodeShared(E) bytes.
extern "C" __global__ void __launch_bounds__(kDecodeThreads)
    decode_attention_kernel_1(DecodeAttentionParams p) {
  DecodeBlock<1>(p);
}
extern "C" __global__ void __launch_bounds__(kDecodeThreads)
    decode_attention_kernel_2(DecodeAttentionParams p) {
  DecodeBlock<2>(p);
}
extern "C" __global__ void __launch_bounds__(kDecodeThreads)
    decode_attention_kernel_3(DecodeAttentionParams p) {
  DecodeBlock<3>(p);
}
extern "C" __global__ void __launch_bounds__(kDecodeThreads)
    decode_attention_kernel_4(DecodeAttentionParams p) {
  DecodeBlock<4>(p);
}

/// Grid (B H), kDecodeMergeThreads: adds the pieces in order.
extern "C" __global__ void decode_merge_kernel(DecodeAttentionParams p) {
  const i64 size = p.head_size;
  const float* pieces = p.partial + blockIdx.x * p.pieces * p.partial_size();
  const bool valid = ReadDecodeRow(p, blockIdx.x / p.heads).valid;
  float highest = MinusInfinity();
  for (i64 i = 0; i < p.pieces; ++i) {
    const float m = pieces[i * p.partial_size() + size + 1];
    highest = m > highest ? m : highest;
  }
  for (i64 e = threadIdx.x; e < size; e += kDecodeMergeThreads) {
    float total = 0.0f;
    float sum = 0.0f;
    for (i64 i = 0; i < p.pieces; ++i) {
      const float* from = pieces + i * p.partial_size();
      if (from[size] == 0.0f) continue;
      const float scale = expf(from[size + 1] - highest);
      total += scale * from[e];
      sum += scale * from[size];
    }
    p.out[blockIdx.x * size + e] = valid ? total / sum : QuietNan();
  }
}

}  // namespace rationale::cuda
