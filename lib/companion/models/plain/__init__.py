"""Autoencoders, variational autoencoders, a generative adversarial network, classifiers."""
