"""What a loaded data set is."""

import torch
from companion.datasets.dataset import Dataset


def test_a_data_set_has_a_length_a_shape_and_a_short_description():
    data = Dataset(torch.zeros(5, 3, 8, 9), torch.arange(5), {"yaw": torch.zeros(5)}, "faces", "test", "0")
    assert len(data) == 5
    assert data.image_shape == (3, 8, 9)
    assert repr(data) == "Dataset('faces', 'test', images 5 x 3 x 8 x 9, factors ['yaw'])"
