"""A survey of a decoder is the maps that its parts give."""

import torch
from companion.chapters.jacobian_conditioning.jacobian_survey import jacobian_survey
from pullback import PullbackMetric
from pullback.measures.jacobian.conditioning import jacobian_conditioning
from pullback.measures.jacobian.jacobian_map import central_box
from small_networks import network


def test_a_survey_holds_the_maps_that_its_parts_would_give(codes):
    f = network()
    survey = jacobian_survey(f, codes, n=7, seed=3)
    assert survey.trained.box == central_box(codes)
    again = jacobian_conditioning(PullbackMetric(f), survey.trained.z)
    torch.testing.assert_close(survey.trained.log_det, again.log_det)
    back = jacobian_conditioning(PullbackMetric(f), survey.whitening.unwhiten(survey.whitened.z))
    torch.testing.assert_close(survey.whitened.log_det, back.log_det + survey.whitening.log_det)
    assert (survey.untrained.log_det - survey.trained.log_det).abs().max() > 0.1
    far, bare = survey.far(n=9), survey.far(untrained=True, n=9)
    assert far.map.box == (-5, 5, -5, 5)
    assert torch.equal(far.distance, bare.distance)
    assert not torch.allclose(far.map.log_det, bare.map.log_det)
