"""The environment variables that a stranger's code gets: what a program needs to run here, and nothing else.

The packages of requirements.txt run code when they are built, and app.py is code. Neither has a use for a token or a
password that happens to be in the environment of whoever tries a demo.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

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
# For the installers: where packages come from, and how.
INSTALLER_PREFIXES = ("PIP_", "UV_")
# For the app: how MindSpore logs, and how many threads it and its libraries use.
APP_PREFIXES = ("GLOG_", "MKL_", "MS_", "OMP_", "OPENBLAS_")
LOCAL_ADDRESSES = "127.0.0.1,localhost"


def for_installer() -> dict[str, str]:
    """The variables for uv, pip, and the builds of packages that these run."""
    return _chosen(INSTALLER_PREFIXES)


def for_app(port_variables: Mapping[str, str]) -> dict[str, str]:
    """The variables for app.py: with those that tell it where to listen, and no proxy between it and its own address."""
    chosen = _chosen(APP_PREFIXES)
    for name in ("NO_PROXY", "no_proxy"):
        chosen[name] = ",".join(filter(None, (chosen.get(name), LOCAL_ADDRESSES)))
    return {**chosen, **port_variables}


def _chosen(prefixes: tuple[str, ...]) -> dict[str, str]:
    names = (*SYSTEM, *NETWORK)
    starts = (*SYSTEM_PREFIXES, *NETWORK_PREFIXES, *prefixes)
    return {key: value for key, value in os.environ.items() if key.upper() in names or key.upper().startswith(starts)}
