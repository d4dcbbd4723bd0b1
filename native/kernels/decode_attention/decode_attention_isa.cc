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
    const int64_t group = params.group() * kDecodeRows;
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

float* OwnRows(const DecodeAttentionParams& params, const int32_t* row, int64_t kv_head) {
  return params.cache + row[2] * params.capacity * params.kv_columns() + kv_head * params.head_size;
}

/// Query rows [first, first + heads) of the scratch over `count` consecutive key rows.
void Attend(
    const DecodeAttentionParams& params,
    const Layout& layout,
    const float* keys,
    int64_t count,
    int64_t first,
    int64_t heads,
    float* scratch) {
  const int64_t e = params.head_size;
  const int64_t padded = layout.padded;
  const int64_t kv_row = params.kv_columns();
  const float* q = scratch + layout.q + first * e;
  float* kt = scratch + layout.kt;
  float* o = scratch + layout.o + first * padded;
  float* s = scratch + layout.s;
  float* v = scratch + layout.v;
  float* maximum = scratch + layout.maximum + first;
  float* sum = scratch + layout.sum + first;
  for (int64_t done = 0; done < count; done += kKeyBlock, keys += kKeyBlock * kv_row) {
    const int64_t n = Min(kKeyBlock, count - done);
    const float* values = keys + params.kv_heads * e;
    int64_t value_row = kv_row;
    if (padded > e) {
      for (int64_t j = 0; j < n; ++j) {
        CopyRow(values + j * kv_row, e, v + j * padded);
        ZeroRow(v + j * padded + e, padded - e);
      }
      values = v;
      value_row = padded;
    }
    const bool fresh = sum[0] == 0.0f;  // nothing seen yet, by any of these rows
    TransposeInto(keys, kv_row, n, e, kt, kKeyRow);
    const int64_t width = RoundUp(n, W);
    GemmBlock<false>(heads, width / W, e, {q, e, 1}, kt, kKeyRow, s, kKeyBlock);
    for (int64_t h = 0; h < heads; h += 4) {
      const int64_t some = Min(4, heads - h);
      const int64_t limits[4] = {n, n, n, n};
      float rescale[4];
      SoftmaxTile(
          s + h * kKeyBlock, kKeyBlock, some, limits, width, {maximum + h, sum + h, rescale});
      for (int64_t i = 0; !fresh && i < some; ++i) {
        float* row = o + (h + i) * padded;
        for (int64_t c = 0; c < padded; c += W) Store(row + c, Load(row + c) * rescale[i]);
      }
    }
    const MatrixA weights{s, kKeyBlock, 1};
    if (fresh) {
      GemmBlock<false>(heads, padded / W, n, weights, values, value_row, o, padded);
    } else {
      GemmBlock<true>(heads, padded / W, n, weights, values, value_row, o, padded);
    }
  }
}

}  // namespace

int64_t DecodeAttentionScratch(const DecodeAttentionParams& params) {
  return Layout(params).total * 4;
}

void DecodeAttentionItem(
    const DecodeAttentionParams& params, const DecodeItem& item, float* partial, float* scratch) {
  const Layout layout(params);
  const int64_t e = params.head_size;
  const int64_t group = params.group();
  const int64_t heads = item.rows * group;
  const int64_t padded = layout.padded;
  const int64_t kv_row = params.kv_columns();
  const int64_t values = params.kv_heads * e;
  const int32_t* rows = params.rows + 4 * item.row;
  float* q = scratch + layout.q;
  float* o = scratch + layout.o;
  float* maximum = scratch + layout.maximum;
  float* sum = scratch + layout.sum;

  for (int64_t b = 0; b < item.rows; ++b) {
    const int64_t row = item.row + b;
    const float* qkv = params.qkv + row * (params.heads + 2 * params.kv_heads) * e;
    const float* cos = params.cos + row * e;
    const float* sin = params.sin + row * e;
    if (item.appends) {
      const float* from = qkv + (params.heads + item.kv_head) * e;
      float* to = OwnRows(params, rows + 4 * b, item.kv_head) + rows[4 * b + 3] * kv_row;
      RotateHead(from, cos, sin, e, 1.0f, to);
      CopyRow(from + values, e, to + values);
    }
    for (int64_t g = 0; g < group; ++g) {
      const int64_t h = b * group + g;
      RotateHead(
          qkv + (item.kv_head * group + g) * e, cos, sin, e, params.scale * kLog2E, q + h * e);
      maximum[h] = -kInf;
      sum[h] = 0.0f;
    }
  }

  const int64_t prefix_length = rows[1];
  if (item.begin < prefix_length) {
    const float* prefix = params.prefix_kv + (rows[0] + item.begin) * kv_row + item.kv_head * e;
    Attend(params, layout, prefix, Min(prefix_length, item.end) - item.begin, 0, heads, scratch);
  }
  for (int64_t b = 0; b < item.rows; ++b) {
    const int64_t begin = Max(item.begin - prefix_length, 0);
    const int64_t end = item.rows > 1 ? rows[4 * b + 3] + 1 : item.end - prefix_length;
    const float* own = OwnRows(params, rows + 4 * b, item.kv_head) + begin * kv_row;
    if (end > begin) Attend(params, layout, own, end - begin, b * group, group, scratch);
  }

  for (int64_t h = 0; h < heads; ++h) {
    float* to = item.whole ? params.out + (item.row + h / group) * params.heads * e +
                                 (item.kv_head * group + h % group) * e
                           : partial + 2 * group + h * e;
    const Vec factor = Splat(item.whole ? 1.0f / sum[h] : 1.0f);
    const float* from = o + h * padded;
    ForVec(e, [&](int64_t i, int64_t n) { StoreN(to + i, Load(from + i) * factor, n); });
    if (!item.whole) {
      partial[h] = maximum[h];
      partial[group + h] = sum[h];
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
