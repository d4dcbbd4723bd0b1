// Sampling on the CPU: filters and the draw of one row. See sample.h.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "kernels/check.h"
#include "kernels/sample/philox.h"
#include "kernels/sample/sample.h"

namespace rationale::kernels {
namespace {

constexpr double kLn2 = 0.69314718055994530942;
constexpr float kLog2E = 1.44269504088896340736f;

struct Candidate {
  float weight;
  int32_t token;
  bool operator<(const Candidate& other) const {  // more likely first, equal ones by token
    return weight != other.weight ? weight > other.weight : token < other.token;
  }
};

/// The last candidate kept by top-p: the smallest set whose mass reaches `wanted`. Reorders.
Candidate TopPCut(Candidate* first, Candidate* last, double wanted) {
  double mass = 0.0;
  while (last - first > 1) {
    Candidate* middle = first + (last - first) / 2;
    std::nth_element(first, middle, last);
    double left = 0.0;
    for (Candidate* c = first; c < middle; ++c) left += c->weight;
    if (mass + left >= wanted) {
      last = middle;
    } else {
      mass += left;
      first = middle;
    }
  }
  return *first;
}

struct Row {
  const float* logits;
  const uint8_t* suppressed;
  int64_t vocab;
  float* weights;         // [V]
  Candidate* candidates;  // [V]
};

/// The weight below which top-k drops tokens: the k-th largest.
float TopKWeight(const Row& row, int64_t k) {
  auto* values = reinterpret_cast<float*>(row.candidates);
  std::memcpy(values, row.weights, static_cast<size_t>(row.vocab) * 4);
  std::nth_element(values, values + k - 1, values + row.vocab, std::greater<float>());
  return values[k - 1];
}

/// Zeroes the weights that the filters drop.
void Filter(const Row& row, int64_t top_k, float top_p, float min_p) {
  if (top_k > 0 && top_k < row.vocab) {
    const float least = TopKWeight(row, top_k);
    for (int64_t v = 0; v < row.vocab; ++v) {
      if (row.weights[v] < least) row.weights[v] = 0.0f;
    }
  }
  if (top_p < 1.0f) {
    int64_t count = 0;
    double total = 0.0;
    for (int64_t v = 0; v < row.vocab; ++v) {
      if (row.weights[v] == 0.0f) continue;
      row.candidates[count++] = {row.weights[v], static_cast<int32_t>(v)};
      total += row.weights[v];
    }
    const Candidate cut = TopPCut(row.candidates, row.candidates + count, top_p * total);
    for (int64_t v = 0; v < row.vocab; ++v) {
      if (cut < Candidate{row.weights[v], static_cast<int32_t>(v)}) row.weights[v] = 0.0f;
    }
  }
  if (min_p > 0.0f) {
    const float least = min_p * *std::max_element(row.weights, row.weights + row.vocab);
    for (int64_t v = 0; v < row.vocab; ++v) {
      if (row.weights[v] < least) row.weights[v] = 0.0f;
    }
  }
}

/// The first token whose running sum of weights, in token order, exceeds u times the total.
int64_t Draw(const Row& row, double u) {
  double total = 0.0;
  for (int64_t v = 0; v < row.vocab; ++v) total += row.weights[v];
  const double wanted = u * total;
  double running = 0.0;
  int64_t last = -1;
  for (int64_t v = 0; v < row.vocab; ++v) {
    if (row.weights[v] == 0.0f) continue;
    last = v;
    running += row.weights[v];
    if (running > wanted) break;
  }
  return last;
}

int64_t BestAllowed(const Row& row) {
  int64_t best = -1;
  for (int64_t v = 0; v < row.vocab; ++v) {
    if (row.suppressed[v] == 0 && (best < 0 || row.logits[v] > row.logits[best])) best = v;
  }
  return best;
}

void SampleRow(const SampleParams& params, int64_t b, float* scratch) {
  const float* settings = params.params + 4 * b;
  const float temperature = settings[0];
  const float factor = kLog2E / (temperature == 0.0f ? 1.0f : temperature);
  const Row row{
      params.logits + b * params.vocab,
      params.suppressed,
      params.vocab,
      scratch,
      reinterpret_cast<Candidate*>(scratch + params.vocab)};
  const SampleStats stats = RATIONALE_DISPATCH(SampleRowStats)(row.logits, row.vocab, factor);
  // The top score contributes 1 up to rounding (scale and shift are one fused operation), so a row
  // of numbers sums to nearly 1 at least; with a NaN in it no comparison holds.
  RATIONALE_CHECK(
      stats.sum > 0.5 && std::isfinite(stats.sum) && std::isfinite(stats.maximum),
      "expected logits that are numbers, got NaN or infinity in row ",
      b);
  const int64_t best = BestAllowed(row);
  RATIONALE_CHECK(best >= 0, "expected a token that is not suppressed, got none");
  int64_t token = best;
  if (temperature > 0.0f) {
    // Relative to the best allowed token, so that suppressed giants do not push the rest to 0.
    RATIONALE_DISPATCH(SampleRowWeights)
    (row.logits, row.suppressed, row.vocab, factor, row.logits[best] * factor, row.weights);
    Filter(row, static_cast<int64_t>(settings[1]), settings[2], settings[3]);
    const int64_t* key = params.keys + 2 * b;
    token = Draw(row, PhiloxUniform(static_cast<uint64_t>(key[0]), static_cast<uint64_t>(key[1])));
  }
  const double log_sum = std::log2(stats.sum);
  const double score = static_cast<double>(row.logits[token]) * factor - stats.maximum;
  params.token[b] = static_cast<int32_t>(token);
  params.logprob[b] = static_cast<float>((score - log_sum) * kLn2);
  params.entropy[b] = static_cast<float>((log_sum - stats.weighted / stats.sum) * kLn2);
}

}  // namespace

void Sample(const SampleParams& params, const Parallel& parallel, ScratchPool& pool) {
  RATIONALE_CHECK(params.vocab > 0, "expected a vocabulary of at least 1, got 0");
  for (int64_t b = 0; b < params.rows; ++b) {
    const float* s = params.params + 4 * b;
    RATIONALE_CHECK(
        s[0] >= 0.0f && std::isfinite(s[0]) && s[1] >= 0.0f && s[2] > 0.0f && s[2] <= 1.0f &&
            s[3] >= 0.0f && s[3] <= 1.0f,
        "expected temperature >= 0, top_k >= 0, 0 < top_p <= 1, 0 <= min_p <= 1, got (",
        s[0],
        ", ",
        s[1],
        ", ",
        s[2],
        ", ",
        s[3],
        ") in row ",
        b);
  }
  // Logits per task: a short row is not worth a thread of its own.
  constexpr int64_t kTaskLogits = 4096;
  const int64_t by_work = params.rows * params.vocab / kTaskLogits;
  const int64_t tasks = std::clamp<int64_t>(by_work, 1, std::max<int64_t>(params.rows, 1));
  parallel.Run(tasks, [&](int64_t t) {
    const auto scratch = pool.Acquire(params.vocab * 12);
    const Range range = PartOf(params.rows, tasks, t);
    for (int64_t b = range.begin; b < range.end; ++b) SampleRow(params, b, scratch.as<float>());
  });
}

}  // namespace rationale::kernels
