"""Configurations of the models with an uncertain decoder, for short trainings."""

from companion.training import TrainingConfig

TINY = TrainingConfig(
    model="vae-rbf-mlp",
    hidden=(16,),
    activation="tanh",
    output_activation="sigmoid",
    epochs=3,
    batch_size=64,
    n_train=256,
    options={"n_centres": 8, "std_steps": 30},
    device="cpu",
)
TWO_STAGES = ("vae-rbf-mlp", "vae-rbf-conv", "vae-variance-mlp", "vae-variance-conv")
SHORT = {
    "vae-rbf-mlp": {"n_centres": 8, "std_steps": 30},
    "vae-rbf-conv": {"n_centres": 8, "std_steps": 15},
    "vae-variance-mlp": {"std_steps": 30},
    "vae-variance-conv": {"std_steps": 8},
    "vae-ensemble-mlp": {"n_decoders": 3},
}
