"""Says in one sentence why uv or pip could not install what was asked for, and what to do."""

from __future__ import annotations

import re

from xihe_hooks.language import Text

MACHINES = Text(
    "MindSpore 及其依赖只支持 64 位的 Linux（glibc，不含 Alpine）、macOS 和 x86_64 的 Windows",
    "MindSpore and what it needs run on 64-bit Linux with glibc (not Alpine), macOS, and Windows on x86_64",
)
OTHER_PYTHON = Text(
    "{package} 需要 Python {needs}，这里的 Python 不合要求：请改用 README 所写的 Python。",
    "{package} needs Python {needs}, and this is another: use a Python that the README names.",
)

# What the installers print, with every run of white space as one blank, since uv wraps its lines. The first that is
# found counts: a full disk is never a guess, and without a network every package looks unpublished.
CAUSES = {
    r"No space left on device|Disk quota exceeded|not enough space on the disk": Text(
        "磁盘已满，没有安装完：带 MindSpore 的环境约占 4 GB。请腾出空间后重试；uv cache clean 和 pip cache purge 可删去以前的下载。",
        "The disk is full: an environment with MindSpore takes about 4 GB. Free some space and try again; "
        "uv cache clean and pip cache purge remove earlier downloads.",
    ),
    r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED": Text(
        "下载站的证书不受信任，多半是公司网络换了证书：请让 SSL_CERT_FILE（uv）和 PIP_CERT（pip）指向公司的 CA 证书文件，再重试。",
        "The package index shows a certificate that is not trusted here, often a company's own: "
        "point SSL_CERT_FILE (uv) and PIP_CERT (pip) at the company's CA file and try again.",
    ),
    r"No interpreter found for Python (?P<python>[\d.]+)": Text(
        "本机没有 Python {python}，uv 也不能下载：请安装它，或允许 uv 下载（UV_PYTHON_DOWNLOADS=automatic）。",
        "There is no Python {python} here and uv may not fetch it: install it, or set UV_PYTHON_DOWNLOADS=automatic.",
    ),
    r"(?x) error:\ (?:Failed\ to\ (?:fetch|download)|Request\ failed).{0,2000}(?:error\ sending\ request|HTTP\ status|timed\ out)"
    r"| Retrying\ \(Retry\(.{0,5000}\(from\ versions:\ none\) | Max\ retries\ exceeded | ReadTimeoutError:"
    r"| issue\ with\ network\ connectivity | ERROR:\ Wheel\ '[^']+'\ located\ at\ \S+\ is\ invalid": Text(
        "软件包没有下载成功：请检查网络和代理（HTTPS_PROXY）后重试；要用镜像站，请设置 UV_DEFAULT_INDEX（uv）或 PIP_INDEX_URL（pip）。",
        "The packages could not be downloaded: check the network and the proxy (HTTPS_PROXY) and try again; "
        "UV_DEFAULT_INDEX (uv) or PIP_INDEX_URL (pip) names a mirror.",
    ),
    r"does not satisfy Python(?P<needs>\S+) and (?P<package>\S+) depends on Python": OTHER_PYTHON,
    r"Because (?P<package>\S+) requires Python (?P<needs>\S+)": OTHER_PYTHON,
    r"Package '(?P<package>[^']+)' requires a different Python: \S+ not in '(?P<needs>[^']+)'": OTHER_PYTHON,
    r"(?<!\S)(?P<package>\S+) has no wheels with a matching Python": Text(
        "{package} 没有适合这个 Python 的安装包：请改用 README 所写的 Python。",
        "{package} has no package for this Python: use a Python that the README names.",
    ),
    r"(?<!\S)(?P<package>\S+) has no (?:usable wheels|wheels with a matching platform)": Text(
        f"{{package}} 没有适合本机的安装包：{MACHINES.zh}，请换这样的机器或容器。",
        f"{{package}} has no package for this machine: {MACHINES.en}; use such a machine or a container.",
    ),
    r"Failed to build `|Failed building wheel for|metadata-generation-failed|Getting requirements to build wheel did not": Text(
        f"有的软件包没有适合本机的安装包，从源码编译也失败了：请改用 README 所写的 Python；{MACHINES.zh}。",
        f"A package has no build for this machine and does not compile here: use a Python that the README names; "
        f"{MACHINES.en}.",
    ),
    r"there is no version of (?P<package>[^\s,]+)": Text(
        "没有发布过 {package}：请在 requirements.in 中换一个版本，再运行 nox -s lock。",
        "{package} was never published: choose another version in requirements.in, then run nox -s lock.",
    ),
    r"Because (?P<package>\S+) was not found in the": Text(
        "没有名为 {package} 的软件包：请检查 requirements.in 中的写法，再运行 nox -s lock。",
        "There is no package {package}: check its name in requirements.in, then run nox -s lock.",
    ),
    # pip says the same of a wrong Python, a wrong machine and a version that nobody published.
    r"Could not find a version that satisfies the requirement (?P<package>\S+)": Text(
        f"{{package}} 没有适合这个 Python 和本机的安装包：请改用 README 所写的 Python；{MACHINES.zh}。"
        "若根本没有这个版本，请改 requirements.in，再运行 nox -s lock。",
        f"{{package}} has no package for this Python and machine: use a Python that the README names; {MACHINES.en}. "
        "Where there is no such version at all, change requirements.in and run nox -s lock.",
    ),
}


LONGEST = 300  # characters of a word; what is longer is no package's name
MOST = 50_000  # characters that are read at the beginning, and again at the end


def explain(output: str) -> Text | None:
    """Return why the installer that printed this failed and what to do, or None where it is something else."""
    if len(output) > 2 * MOST:
        output = f"{output[:MOST]} {output[-MOST:]}"
    printed = re.sub(rf"\S{{{LONGEST},}}", "...", " ".join(output.split()))
    printed += _ignored(printed)
    for pattern, text in CAUSES.items():
        if found := re.search(pattern, printed):
            return Text(*(each.format(**found.groupdict()) for each in text))
    return None


def _ignored(printed: str) -> str:
    """What pip tells of a version that it ignored for another Python, as it says it where it does not look further."""
    wanted = re.search(r"satisfies the requirement ([^\s=]{1,100})==(\S{1,60}) ", printed)
    ignored = rf"(?<!\S){re.escape(wanted[2])} Requires-Python ([^;]{{1,100}}?)(?:;| ERROR:)" if wanted else "$^"
    needs = re.search(ignored, printed)
    return (
        f" Package '{wanted[1]}=={wanted[2]}' requires a different Python: ? not in '{needs[1]}'"
        if wanted and needs
        else ""
    )
