"""LAND: the locally adaptive normal distribution, a mixture of normal distributions of geodesic distance."""

import math

import torch
from torch import Generator, Tensor

from pullback.checks import check_points
from pullback.geodesics.exponential import exp, log
from pullback.metrics.base import Metric
from pullback.numerics.linear_algebra import cholesky
from pullback.statistics.clustering import riemannian_kmeans
from pullback.statistics.land_moments import Component, Moments, check_spread, improve, second_moment
from pullback.transport.flow import geodesic_flow


class LAND:
    r"""A mixture of locally adaptive normal distributions (`eq-land`).

    $$p(z) = \sum_a \frac{\pi_a}{C_a} \exp\big(-\tfrac12 \langle \log_{\mu_a} z, \Gamma_a \log_{\mu_a} z
    \rangle\big)$$

    with respect to the volume of the metric, and
    $C_a = \int \exp(-\tfrac12 \langle v, \Gamma_a v \rangle) \, m(v) \, dv$ over the tangent space, where
    $m(v) = \sqrt{\det G(\exp v)} \, |\det D\exp_v|$ is the volume that exp gives to tangent vectors,
    evaluated by Monte Carlo. Arvanitidis, Hansen and Hauberg (2016), "A locally adaptive normal
    distribution", Eqs 8 to 11; their code leaves out the factor $|\det D\exp_v|$, which
    `exact_volume=False` does too.

    Fitting raises the likelihood by generalised EM. A step moves each mean along the difference of the
    data's and the model's mean logarithm (the paper's steepest descent direction), and changes each
    covariance by the linear map that takes the model's second moment to the data's. Both are exact in one
    step where the metric is flat.

    A step costs n logarithms and n_samples geodesics from the mean per component, each of these with d Jacobi
    fields unless `exact_volume=False`; a density costs k logarithms per point.

    Args:
        metric: any metric.
        n_components: number of components.
        n_samples: Monte Carlo samples for each normaliser, an even number of 2 d or more.
        exact_volume: include the derivative of exp in the volume.

    Attributes:
        means: (k, d) means.
        precisions: (k, d, d) precision matrices Gamma, for coordinates of tangent vectors at the means.
        weights: (k,) mixing weights.
        log_normalisers: (k,) logarithms of C.
        nll: () mean negative log-likelihood of the points fitted.
        converged: whether the moments of data and model agree, with every geodesic converged.
        n_steps: steps tried.
        residual: largest difference of the moments, in units of the covariances.
        n_unconverged: logarithms and samples at the last step whose geodesics did not converge.

    Raises:
        ValueError: for fewer than one component, or a number of samples that is odd or below 2.

    Example:
        >>> from pullback import LAND, EuclideanMetric
        >>> Z = torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64)
        >>> land = LAND(EuclideanMetric()).fit(Z, generator=torch.Generator().manual_seed(0))
        >>> [round(precision, 4) for precision in land.precisions[0].diagonal().tolist()]
        [2.0, 2.0]
    """

    def __init__(
        self, metric: Metric, n_components: int = 1, *, n_samples: int = 256, exact_volume: bool = True
    ) -> None:
        if n_components < 1:
            raise ValueError(f"n_components: got {n_components}, expected 1 or more")
        if n_samples < 2 or n_samples % 2:
            raise ValueError(f"n_samples: got {n_samples}, expected an even number of 2 d or more")
        self.metric = metric
        self.n_components = n_components
        self.n_samples = n_samples
        self.exact_volume = exact_volume
        self.components: list[Component] = []

    def fit(
        self,
        Z: Tensor,
        *,
        generator: Generator,
        tol: float = 1e-4,
        max_steps: int = 100,
        **options,
    ) -> "LAND":
        """Fit the mixture to points by generalised EM, from a Riemannian k-means.

        Args:
            Z: (n, d) points.
            generator: source of randomness for the seeds and the Monte Carlo samples, which stay the same
                throughout.
            tol: bound on the residual.
            max_steps: steps allowed.
            **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

        Returns:
            The fitted distribution itself.

        Raises:
            ValueError: for bad points, n_samples below 2 d, and where a component's points lie in a subspace.
        """
        Z = check_points("Z", Z).detach()
        if Z.ndim != 2 or len(Z) <= Z.shape[-1]:
            raise ValueError(f"Z: got shape {tuple(Z.shape)}, expected (n, d) with n above d")
        options = {"shooting": False} | options
        noise = _noise(self.n_samples, Z, generator)
        start = riemannian_kmeans(self.metric, Z, self.n_components, generator=generator, **options)
        state = []
        for a, centre in enumerate(start.centres):
            members = Z[start.labels == a]
            x = log(self.metric, centre, members, return_result=True, **options).velocity
            x = x @ cholesky(self.metric.matrix(centre))
            share = torch.tensor(len(members) / len(Z), dtype=Z.dtype, device=Z.device)
            state.append(Component(centre, check_spread(second_moment(x)), share))

        best, best_moments, best_nll, residual, step, n_steps = state, [], math.inf, math.inf, 1.0, 0
        while True:
            moments = [self._moments(component, Z, noise, options) for component in state]
            joint = torch.stack([m.log_density + c.weight.log() for m, c in zip(moments, state)], dim=1)
            nll = -float(joint.logsumexp(1).mean())
            duties = joint.softmax(1)
            gaps = max(m.residual(duties[:, a]) for a, m in enumerate(moments))
            if nll <= best_nll or gaps < residual:
                best, best_moments, best_nll, best_duties, residual = state, moments, nll, duties, gaps
                step = min(1.0, 2 * step)
            else:
                step /= 4
            if residual <= tol or n_steps >= max_steps or step < 1e-4:
                break
            pairs = zip(best, best_moments)
            state = [self._improved(c, m, best_duties[:, a], step) for a, (c, m) in enumerate(pairs)]
            n_steps += 1

        self.components = best
        self.log_normalisers = torch.stack([m.log_normaliser for m in best_moments])
        self.means = torch.stack([c.mean for c in best])
        frames = cholesky(self.metric.matrix(self.means))
        self.precisions = frames @ torch.linalg.inv(torch.stack([c.covariance for c in best])) @ frames.mT
        self.weights = torch.stack([c.weight for c in best])
        self.nll = best_nll
        self.n_steps, self.residual = n_steps, residual
        self.n_unconverged = sum(m.n_unconverged for m in best_moments)
        self.converged = residual <= tol and self.n_unconverged == 0
        return self

    def log_density(self, z: Tensor, *, measure: str = "riemannian", **options) -> Tensor:
        """Evaluate the logarithm of the density.

        Args:
            z: (*batch, d) points.
            measure: "riemannian", with respect to the metric's volume, or "latent", to that of the
                coordinates.
            **options: passed to `log`, which runs without shooting unless `shooting=True` is among them.

        Returns:
            (*batch,) logarithms.

        Raises:
            ValueError: before `fit`, for bad points, or an unknown measure.
        """
        self._check_fitted()
        check_points("z", z, d=self.means.shape[-1])
        if measure not in ("riemannian", "latent"):
            raise ValueError(f"measure: got {measure!r}, expected 'riemannian' or 'latent'")
        options = {"shooting": False} | options
        v = log(self.metric, self.means, z[..., None, :], **options)
        squares = torch.einsum("...ki,kij,...kj->...k", v, self.precisions, v)
        density = (self.weights.log() - self.log_normalisers - squares / 2).logsumexp(-1)
        return density if measure == "riemannian" else density + self.metric.log_volume(z)

    def sample(self, n: int, *, generator: Generator, oversampling: int = 8) -> Tensor:
        """Draw points: normal tangent vectors, weighted by their volume and drawn again.

        Args:
            n: number of points.
            generator: source of randomness.
            oversampling: tangent vectors tried for each point; the distribution is exact in the limit, and
                at once where the metric is flat.

        Returns:
            (n, d) points.

        Raises:
            ValueError: before `fit`, or where n or oversampling is less than 1.
        """
        self._check_fitted()
        if n < 1 or oversampling < 1:
            raise ValueError(f"n, oversampling: got {n}, {oversampling}, expected 1 or more")
        owners = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        points = self.means.new_empty(n, self.means.shape[-1])
        for a, component in enumerate(self.components):
            places = (owners == a).nonzero()[:, 0]
            if len(places):
                tried = oversampling * len(places)
                noise = torch.randn(
                    tried, points.shape[-1], dtype=points.dtype, device=points.device, generator=generator
                )
                _, log_volume, ends = self._volumes(component, noise)
                odds = (log_volume - log_volume.max()).exp()
                chosen = torch.multinomial(odds, len(places), generator=generator)
                points[places] = ends[chosen]
        return points

    def _moments(self, component: Component, Z: Tensor, noise: Tensor, options: dict) -> Moments:
        """Compare data and model in the orthonormal frame at a component's mean."""
        L = cholesky(self.metric.matrix(component.mean))
        logs = log(self.metric, component.mean, Z, return_result=True, **options)
        x = logs.velocity @ L
        drawn, log_volume, _ = self._volumes(component, noise)
        A = torch.linalg.cholesky(component.covariance)
        log_mean = log_volume.logsumexp(0) - math.log(len(noise))
        size = A.diagonal().log().sum() - L.diagonal().log().sum() + len(A) / 2 * math.log(2 * math.pi)
        white = torch.linalg.solve_triangular(A, x.mT, upper=False)
        return Moments(
            data=x,
            model=drawn,
            odds=log_volume.softmax(0),
            factor=A,
            log_normaliser=size + log_mean,
            log_density=-white.square().sum(0) / 2 - size - log_mean,
            n_unconverged=int((~logs.converged).sum()) + int(log_volume.isneginf().sum()),
        )

    def _volumes(self, component: Component, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draw vectors: frame coordinates, log volumes (minus infinity off the domain of exp) and ends."""
        d = noise.shape[-1]
        L = cholesky(self.metric.matrix(component.mean))
        x = noise @ torch.linalg.cholesky(component.covariance).mT
        v = torch.linalg.solve_triangular(L.mT, x.mT, upper=True).mT
        changes = rates = None
        if self.exact_volume:
            rates = torch.eye(d, dtype=x.dtype, device=x.device).expand(len(x), d, d)
            changes = torch.zeros_like(rates)
        start = component.mean.expand_as(v).contiguous()
        flow = geodesic_flow(self.metric, start, v.contiguous(), variations=changes, rates=rates, rtol=1e-5)
        ends, found = flow.curve[:, -1], flow.converged
        volume = torch.full_like(x[:, 0], -torch.inf)
        volume[found] = self.metric.log_volume(ends[found])
        if self.exact_volume:
            volume[found] += torch.linalg.slogdet(flow.variations[found][:, -1]).logabsdet
        return x, volume, ends

    def _improved(self, component: Component, moments: Moments, duties: Tensor, step: float) -> Component:
        move, covariance, weight = improve(component, moments, duties, step)
        L = cholesky(self.metric.matrix(component.mean))
        v = torch.linalg.solve_triangular(L.mT, move[:, None], upper=True)[:, 0]
        return Component(exp(self.metric, component.mean, v, rtol=1e-4), covariance, weight)

    def _check_fitted(self) -> None:
        if not self.components:
            raise ValueError("LAND: got no parameters yet, expected a call of fit before")


def _noise(n: int, Z: Tensor, generator: Generator) -> Tensor:
    """Draw normal samples (n, d) in pairs of opposite sign, with the identity as their covariance exactly."""
    d = Z.shape[-1]
    if n < 2 * d:
        raise ValueError(f"n_samples: got {n}, expected an even number of {2 * d} or more")
    half = torch.randn(n // 2, d, dtype=Z.dtype, device=Z.device, generator=generator)
    noise = torch.cat([half, -half])
    return torch.linalg.solve_triangular(
        torch.linalg.cholesky(noise.mT @ noise / n), noise.mT, upper=False
    ).mT.contiguous()
