// Decode attention of one instruction set. See decode_attention.h.
#include "kernels/attention/attention_tile.h"
#include "kernels/decode_attention/decode_attention.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

constexpr int64_t kKeyBlock = 128;
constexpr int64_t kKeyRow = kKeyBlock + W;

struct Layout {
  int64_t padded, q, kt, o, s, v, maximum, sum, total;

  explicit Layout(const DecodeAttentionParams& params) {
    const int64_t group = params.group();
    padded = RoundUp(params.head_size, W);
    q = 0;
    kt = q + RoundUp(group * params.head_size, 16);
    o = kt + params.head_size * kKeyRow;
    s = o + group * padded;
    v = s + group * kKeyBlock;
    maximum = v + kKeyBlock * padded;
    sum = maximum + RoundUp(group, 16);
    total = sum + RoundUp(group, 16);
  }
};

}  // namespace

int64_t DecodeAttentionScratch(const DecodeAttentionParams& params) {
  return Layout(params).total * 4;
}

void DecodeAttentionItem(
    const DecodeAttentionParams& params, const DecodeItem& item, float* partial, float* scratch) {
  const Layout layout(params);
  const int64_t e = params.head_size;
  const int64_t group = params.group();
  const int64_t padded = layout.padded;
  const int64_t kv_row = params.kv_columns();
  const int64_t values = params.kv_heads * e;
  const int32_t* row = params.rows + 4 * item.row;
  const float* qkv = params.qkv + item.row * (params.heads + 2 * params.kv_heads) * e;
  const float* cos = params.cos + item.row * e;
  const float* sin = params.sin + item.row * e;
  float* q = scratch + layout.q;
  float* kt = scratch + layout.kt;
  float* o = scratch + layout.o;
  float* s = scratch + layout.s;
  float* v = scratch + layout.v;
  float* maximum = scratch + layout.maximum;
  float* sum = scratch + layout.sum;

  float* own = params.cache + row[2] * params.capacity * kv_row + item.kv_head * e;
  const float* prefix = params.prefix_kv + row[0] * kv_row + item.kv_head * e;
  if (item.appends) {
    const float* from = qkv + (params.heads + item.kv_head) * e;
    float* to = own + row[3] * kv_row;
    RotateHead(from, cos, sin, e, 1.0f, to);
    CopyRow(from + values, e, to + values);
  }
  for (int64_t g = 0; g < group; ++g) {
    RotateHead(qkv + (item.kv_head * group + g) * e, cos, sin, e, params.scale * kLog2E, q + g * e);
    maximum[g] = -kInf;
    sum[g] = 0.0f;
  }

  const int64_t prefix_length = row[1];
  bool fresh = true;
  for (int64_t first = item.begin; first < item.end;) {
    // A block never crosses from prefix to own rows: its rows are consecutive.
    const bool in_prefix = first < prefix_length;
    const int64_t end = in_prefix ? Min(item.end, prefix_length) : item.end;
    const int64_t count = Min(kKeyBlock, end - first);
    const float* keys =
        in_prefix ? prefix + first * kv_row : own + (first - prefix_length) * kv_row;
    const float* block_values = keys + values;
    int64_t value_row = kv_row;
    if (padded > e) {
      for (int64_t j = 0; j < count; ++j) {
        CopyRow(block_values + j * kv_row, e, v + j * padded);
        ZeroRow(v + j * padded + e, padded - e);
      }
      block_values = v;
      value_row = padded;
    }
    TransposeInto(keys, kv_row, count, e, kt, kKeyRow);
    const int64_t width = RoundUp(count, W);
    GemmBlock<false>(group, width / W, e, {q, e, 1}, kt, kKeyRow, s, kKeyBlock);
    for (int64_t g = 0; g < group; g += 4) {
      const int64_t n = Min(4, group - g);
      const int64_t limits[4] = {count, count, count, count};
      float rescale[4];
      SoftmaxTile(s + g * kKeyBlock, kKeyBlock, n, limits, width, {maximum + g, sum + g, rescale});
      for (int64_t i = 0; !fresh && i < n; ++i) {
        float* row_o = o + (g + i) * padded;
        for (int64_t c = 0; c < padded; c += W) Store(row_o + c, Load(row_o + c) * rescale[i]);
      }
    }
    const MatrixA weights{s, kKeyBlock, 1};
    if (fresh) {
      GemmBlock<false>(group, padded / W, count, weights, block_values, value_row, o, padded);
    } else {
      GemmBlock<true>(group, padded / W, count, weights, block_values, value_row, o, padded);
    }
    fresh = false;
    first += count;
  }

  for (int64_t g = 0; g < group; ++g) {
    float* to = item.whole ? params.out + (item.row * params.heads + item.kv_head * group + g) * e
                           : partial + 2 * group + g * e;
    const Vec factor = Splat(item.whole ? 1.0f / sum[g] : 1.0f);
    const float* from = o + g * padded;
    ForVec(e, [&](int64_t i, int64_t n) { StoreN(to + i, Load(from + i) * factor, n); });
    if (!item.whole) {
      partial[g] = maximum[g];
      partial[group + g] = sum[g];
    }
  }
}

void DecodeAttentionMerge(
    const DecodeAttentionParams& params,
    int64_t row,
    int64_t kv_head,
    const float* partials,
    int64_t pieces) {
  const int64_t e = params.head_size;
  const int64_t group = params.group();
  const int64_t size = DecodePartialSize(params);
  for (int64_t g = 0; g < group; ++g) {
    float maximum = -kInf;
    for (int64_t p = 0; p < pieces; ++p) maximum = MaxF(maximum, partials[p * size + g]);
    float sum = 0.0f;
    for (int64_t p = 0; p < pieces; ++p)
      sum += partials[p * size + group + g] * Exp2(Splat(partials[p * size + g] - maximum))[0];
    float* to = params.out + (row * params.heads + kv_head * group + g) * e;
    ZeroRow(to, e);
    for (int64_t p = 0; p < pieces; ++p) {
      const float* from = partials + p * size;
      const Vec factor = Exp2(Splat(from[g] - maximum)) / sum;
      from += 2 * group + g * e;
      ForVec(e, [&](int64_t i, int64_t n) {
        StoreN(to + i, LoadN(to + i, n) + LoadN(from + i, n) * factor, n);
      });
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
