"""What messages of errors must be like."""


def one_line(error) -> str:
    """Return the message of an error that was caught, which must be one line."""
    message = str(error.value)
    assert "\n" not in message
    return message
