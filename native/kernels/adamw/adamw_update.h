// One AdamW update, the arithmetic of torch.optim.AdamW (decoupled decay), for scalars and vectors.
//
// In: hyper [8] = (lr, beta1, beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t, gradScale).
//   g' = gradScale g;  p = p (1 - lr weightDecay);  m = m + (1 - beta1)(g' - m)
//   v = beta2 v + (1 - beta2) g'^2;  p = p - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)
#pragma once

#include "kernels/host_device.h"

namespace rationale::kernels {

/// What does not depend on the element.
struct AdamWFactors {
  float decay;  // 1 - lr weightDecay
  float one_minus_beta1;
  float beta2;
  float one_minus_beta2;
  float inverse_sqrt_correction;  // 1 / sqrt(1 - beta2^t)
  float eps;
  float step;  // lr / (1 - beta1^t)
  float grad_scale;
};

/// The decimal that was meant: 0.999 as f32 is 0.99900001..., so that 1 - beta2 would be off by
/// 1e-5 of itself. A decimal of seven digits that rounds to the same f32 is taken instead.
RATIONALE_HD double MeantDecimal(float x) {
  const double decimal = static_cast<double>(static_cast<long long>(x * 1e7 + 0.5)) / 1e7;
  return static_cast<float>(decimal) == x ? decimal : static_cast<double>(x);
}

RATIONALE_HD AdamWFactors MakeAdamWFactors(const float* hyper, double sqrt_correction2) {
  const double lr = hyper[0];
  AdamWFactors f;
  f.decay = static_cast<float>(1.0 - lr * hyper[4]);
  f.one_minus_beta1 = static_cast<float>(1.0 - MeantDecimal(hyper[1]));
  f.beta2 = hyper[2];
  f.one_minus_beta2 = static_cast<float>(1.0 - MeantDecimal(hyper[2]));
  f.inverse_sqrt_correction = static_cast<float>(1.0 / sqrt_correction2);
  f.eps = hyper[3];
  f.step = static_cast<float>(lr / hyper[5]);
  f.grad_scale = hyper[7];
  return f;
}

/// T is float or a vector of floats; sqrt(T) and divide(T, T) are the level's own.
template <typename T, typename Sqrt, typename Divide>
RATIONALE_HD void AdamWUpdate(
    const AdamWFactors& f, T& p, T& m, T& v, T g, Sqrt sqrt, Divide divide) {
  g = g * f.grad_scale;
  m = m + (g - m) * f.one_minus_beta1;
  v = v * f.beta2 + g * g * f.one_minus_beta2;
  const T denominator = sqrt(v) * f.inverse_sqrt_correction + f.eps;
  p = p * f.decay - divide(m, denominator) * f.step;
}
template <typename T, typename Sqrt>
RATIONALE_HD void AdamWUpdate(const AdamWFactors& f, T& p, T& m, T& v, T g, Sqrt sqrt) {
  AdamWUpdate(f, p, m, v, g, sqrt, [](T a, T b) { return a / b; });
}

}  // namespace rationale::kernels
