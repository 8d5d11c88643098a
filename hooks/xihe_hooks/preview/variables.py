"""The environment variables that a stranger's code gets: what a program needs to run here, and nothing else.

The packages of requirements.txt run code when they are built, and app.py is code. Neither has a use for a token or a
password that happens to be in the environment of whoever tries a demo.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

# For any program: where things are, the language, and on Windows what the system asks for.
SYSTEM = (
    *("HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TEMP", "TMP", "TMPDIR", "TZ", "USER"),
    *(
        "APPDATA",
        "COMSPEC",
        "LOCALAPPDATA",
        "PATHEXT",
        "PROGRAMDATA",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "USERPROFILE",
        "WINDIR",
    ),
)
SYSTEM_PREFIXES = ("LC_", "XDG_")
# For whatever reaches the network from behind a proxy or a company's certificate.
NETWORK = ("ALL_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE")
NETWORK_PREFIXES = ("CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
# For the installers: where packages and Pythons come from, where they are kept, and how patiently they are asked for.
# Nothing that changes what is installed, such as PIP_CONSTRAINT, or where to, such as PIP_TARGET: the platform has none.
PIP_KEYS = (
    *("CACHE_DIR", "CERT", "CLIENT_CERT", "DEFAULT_TIMEOUT", "EXTRA_INDEX_URL", "FIND_LINKS", "INDEX_URL"),
    *("KEYRING_PROVIDER", "NO_CACHE_DIR", "NO_INDEX", "PROXY", "RETRIES", "TIMEOUT", "TRUSTED_HOST"),
)
UV = re.compile(
    r"UV_(CACHE_DIR|CONCURRENT_|CREDENTIALS|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS|HTTP_|INDEX|INSECURE_HOST|KEYRING_"
    r"|LINK_MODE|NATIVE_TLS|NO_CACHE|NO_INDEX|OFFLINE|PYTHON_|REQUEST_|SYSTEM_CERTS)"
)
# For the app: how MindSpore logs, and how many threads it and its libraries use.
APP = re.compile("GLOG_|MKL_|MS_|OMP_|OPENBLAS_")
LOCAL_ADDRESSES = "127.0.0.1,localhost"


def for_uv() -> dict[str, str]:
    """The variables for uv and the builds of packages that it runs; it heeds the user's uv.toml and no project's."""
    home = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME") or Path.home() / ".config"
    settings = [os.environ.get("UV_CONFIG_FILE"), Path(home, "uv/uv.toml"), Path("/etc/uv/uv.toml")]
    found = next((str(each) for each in settings if each and os.path.isfile(each)), None)
    heeded = {"UV_CONFIG_FILE": found} if found else {"UV_NO_CONFIG": "1"}
    return {**_chosen(UV), **heeded, "UV_INDEX_STRATEGY": "unsafe-best-match"}  # as pip chooses among indexes


def for_pip(listed: str) -> dict[str, str]:
    """The variables for pip and the builds of packages that it runs.

    listed  what `pip config list` prints: settings that PIP_KEYS names are passed on, the others are not
    """
    settings = {}
    for section in ("global", "install", ":env:"):
        for key, value in re.findall(rf"(?m)^{section}\.([\w-]+)='(.*)'$", listed):
            settings["PIP_" + key.upper().replace("-", "_")] = value.replace("\\n", " ").strip()
    chosen = {key: value for key, value in settings.items() if key.removeprefix("PIP_") in PIP_KEYS}
    return {**_chosen(), **chosen, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def for_app(port_variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for app.py: with those that tell it where to listen, and no proxy between it and its own address.

    A SOCKS proxy is left out altogether: httpx, with which Gradio asks its own address, then needs one package more. What
    the app prints is shown at once, and where it hangs can be asked.
    """
    chosen = {key: value for key, value in _chosen(APP).items() if not value.startswith("socks")}
    for name in ("NO_PROXY", "no_proxy"):
        chosen[name] = ",".join(filter(None, (chosen.get(name), LOCAL_ADDRESSES)))
    return {**chosen, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **port_variables}


def use_no_proxy() -> None:
    """Let nothing that this process asks from now on go through a proxy: it asks the app alone."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"


def _chosen(names: re.Pattern[str] | None = None) -> dict[str, str]:
    starts = (*SYSTEM_PREFIXES, *NETWORK_PREFIXES)

    def is_due(key: str) -> bool:
        return key in (*SYSTEM, *NETWORK) or key.startswith(starts) or bool(names and names.match(key))

    return {key: value for key, value in os.environ.items() if is_due(key.upper())}
