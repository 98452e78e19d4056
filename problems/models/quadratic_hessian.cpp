#include "problems/models/quadratic_hessian.h"

#include <Eigen/Core>
#include <cmath>
#include <numbers>

#include "problems/data/numpy_random.h"

namespace deepobs {
namespace {

/// A uniformly random rotation of n dimensions, grown from one of the plane by a random reflection a dimension.
Eigen::MatrixXd random_rotation(int n, NumpyRandom& random) {
  const double angle = 2 * std::numbers::pi * random.uniform();
  Eigen::MatrixXd rotation(2, 2);
  rotation << std::cos(angle), std::sin(angle), -std::sin(angle), std::cos(angle);
  for (int d = 2; d < n; ++d) {
    Eigen::VectorXd direction(d + 1);
    for (double& x : direction) x = random.normal();
    Eigen::VectorXd mirror = -direction / direction.norm();
    mirror[0] += 1;
    mirror /= mirror.norm();
    Eigen::MatrixXd grown = Eigen::MatrixXd::Zero(d + 1, d + 1);
    grown(0, 0) = 1;
    grown.bottomRightCorner(d, d) = rotation;
    rotation = grown - 2 * mirror * (mirror.transpose() * grown);
  }
  return -rotation;
}

}  // namespace

void write_quadratic_hessian(std::span<float> hessian) {
  constexpr int small = 90;
  NumpyRandom random(42);
  Eigen::VectorXd eigenvalues(quadratic_dimensions);
  for (int i = 0; i < quadratic_dimensions; ++i) eigenvalues[i] = i < small ? random.uniform() : random.uniform(30, 60);
  const Eigen::MatrixXd rotation = random_rotation(quadratic_dimensions, random);  // goes on with the same numbers
  const Eigen::MatrixXd exact = rotation.transpose() * eigenvalues.asDiagonal() * rotation;
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<RowMajor>(hessian.data(), quadratic_dimensions, quadratic_dimensions) = exact.cast<float>();
}

}  // namespace deepobs
