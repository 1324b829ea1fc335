"""Why Snakemake stopped, out of its own words, where no job has said it."""

import re

JOB_FAILED = "At least one job did not complete successfully"
TRACEBACK = "Traceback (most recent call last)"
NO_WORDS = "Snakemake broke off, as it does where no room is left to write; its words: .snakemake/book.log"


def reason(log: str) -> str:
    """Find what a reader has to know of Snakemake's log; a job that has failed speaks for itself.

    Args:
        log: all that it said, perhaps cut off.

    Returns:
        one line or several, no traceback; "" where there is nothing to add.
    """
    if TRACEBACK in log:
        errors = re.findall(r"^\w*(?:Error|Exception)\b.*", log[log.rindex(TRACEBACK) :], re.MULTILINE)
        return errors[-1] if errors else NO_WORDS
    if JOB_FAILED in log:  # a rule that Snakemake faults itself, after its job had gone well
        return "\n".join(re.findall(r"^WorkflowError in rule .*\n(.*)", log, re.MULTILINE))
    return log.strip()
