"""What leads to the repository and to the published pages, where `repository.url` of `_config.yml` names one.

Without an address a page has no button for the repository, for its issues or for Colab, no preview with an
address of its own, and offers its downloads alone.
"""

import re

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

ADDRESS = re.compile(
    r"https://(?P<host>github|gitlab|bitbucket)\.(?:com|org)/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)"
)
COLAB = "https://colab.research.google.com"  # opens notebooks of GitHub alone


def _offer(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    url = options.get("repository_url", "")
    found = ADDRESS.fullmatch(url)
    if url and not found:
        raise ExtensionError(
            f"repository.url: got {url!r}, expected https://HOST/OWNER/NAME with github.com, gitlab.com or "
            "bitbucket.org for HOST, or nothing"
        )
    options.update(use_repository_button=bool(url), use_issues_button=bool(url), launch_buttons={})
    if found and found["host"] == "github":
        options["launch_buttons"] = {"notebook_interface": "jupyterlab", "colab_url": COLAB}
    if found and found["host"] != "bitbucket":
        config.html_baseurl = f"https://{found['owner'].lower()}.{found['host']}.io/{found['name']}/"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", _offer, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
