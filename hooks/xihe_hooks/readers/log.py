"""Reads what the platform, an installer, Python, MindSpore, Gradio or git printed, and says why that failed.

The table is all there is: nothing is guessed, nothing is fetched. Where its sentences name a day, platform.yml has the
source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from xihe_hooks.data import packages, platform
from xihe_hooks.language import Text, show

LONGEST = 300  # characters of a word; what is longer is no package's name
MOST = 50_000  # characters that are read at the beginning, and again at the end


class Cause(NamedTuple):
    """Why something failed.

    what    what is wrong, one sentence
    remedy  what to do now
    rules   ids of the rules that find it before a commit or a push
    seen    the words of the log that tell, with white space as one blank
    message the platform's own word in them, a key of "messages" in platform.yml; "" where it is another program's
    local   whether it lies in the machine that printed the log, or in its network
    """

    what: Text
    remedy: Text
    rules: tuple[str, ...] = ()
    seen: str = ""
    message: str = ""
    local: bool = False

    def about(self, found: re.Match[str]) -> Cause:
        """Return the cause with the names that were found put into its sentences."""
        names = {name: show(value or "") for name, value in found.groupdict().items()}
        if module := names.get("module"):
            names["package"] = packages()["distributions"].get(module, [module])[0]
        what, remedy = (Text(*(each.format(**names) for each in text)) for text in self[:2])
        return self._replace(what=what, remedy=remedy, seen=found[0].strip())


def cause(zh: str, en: str, zh_remedy: str, en_remedy: str, *rules: str) -> Cause:
    """Return a row of the table: what is wrong and what to do, in both languages, and the rules about it."""
    return Cause(Text(zh, en), Text(zh_remedy, en_remedy), rules)


MACHINES = Text(
    "MindSpore 及其依赖只支持 64 位的 Linux（glibc，不含 Alpine）、macOS 和 x86_64 的 Windows",
    "MindSpore and its dependencies support only 64-bit Linux with glibc (not Alpine), macOS, and Windows on x86_64",
)
OTHER_PYTHON = cause(
    "{package} 需要 Python {needs}，而这里用的是其他版本。",
    "{package} needs Python {needs}, but this is another version.",
    "请改用 README 所写的 Python。",
    "Use a Python version that the README names.",
    "XR108",
)
CONFLICT = cause(
    "requirements.txt 中有的软件包互相冲突（日志里写明了是哪些），所以什么都没有安装。",
    "Some packages in requirements.txt conflict with each other (the log names them), so nothing was installed.",
    "请在 requirements.in 中放宽或删去其中一个版本，再运行 nox -s lock。",
    "Relax or remove one of the versions in requirements.in, then run nox -s lock.",
    "XR110",
)
BAD_LINE = cause(
    "requirements.txt 中有一行无法解析：{line}。任何一行出错，所有软件包都不会安装。",
    "A line of requirements.txt cannot be read: {line}. If one line is wrong, nothing is installed.",
    "请改正这一行，例如 gradio==3.21.0（两个等号）。",
    "Correct the line, for example to gradio==3.21.0, with two equals signs.",
    "XR101",
)
HASHES = cause(
    "下载到的文件与 requirements.txt 中的哈希不一致。",
    "A downloaded file does not match the hashes in requirements.txt.",
    "请运行 nox -s lock 重新解析；如果仍不一致，请换一个镜像站。",
    "Run nox -s lock to resolve the versions again; if it still does not match, use another mirror.",
    "XR111",
)
NOT_A_CHECKPOINT = cause(
    "{file} 不是 MindSpore 的检查点：多半是 git-lfs 指针的文本，或文件不完整。",
    "{file} is not a MindSpore checkpoint: it is probably the text of a git-lfs pointer, or incomplete.",
    "请用 head -c 100 查看它。如果是指针：项目仓库不要使用 git-lfs，权重放到模型仓库，并运行 git lfs push --all origin main。",
    "Look at it with head -c 100. If it is a pointer: keep git-lfs out of the project repository, put the weights into "
    "the model repository, and run git lfs push --all origin main there.",
    *("XG102", "XM103", "XM104"),
)
OTHER_NETWORK = cause(
    "权重与 app.py 中的网络不一致：参数名或形状对不上。",
    "The weights do not fit the network in app.py: the names or shapes of the parameters differ.",
    "请用训练时的网络定义，或换成这个网络的权重。",
    "Use the network definition from the training, or weights of this network.",
)
NO_REPOSITORY = cause(
    "没有这个仓库，或您无权访问它：{repository}。",
    "There is no such repository, or you may not read it: {repository}.",
    "请检查 config.json 中的账号和仓库名（区分大小写）；别人的模型仓库必须是公开的。",
    "Check the owner and the repository name in config.json (case-sensitive); another person's model repository must "
    "be public.",
    *("XC112", "XC113"),
)
NO_ACCESS = cause(
    "git 服务器没有接受用户名和令牌。",
    "The git server did not accept the user name and the token.",
    "请在平台的个人设置中生成新的令牌，推送时用它作为密码；如果是平台克隆失败，请重新登录后再启动。",
    "Create a new token in your settings on the platform and use it as the password; if the platform itself could "
    "not clone, log in again, then start again.",
)

# What programs print, with every run of white space as one blank, since uv wraps its lines. The first that is found
# counts: a full disk is never a guess, and without a network every package looks unpublished.
LOCAL = {  # which lie in this machine or its network, whatever the platform has
    r"No space left on device|Disk quota exceeded|not enough space on the disk": cause(
        "磁盘已满，没有安装完：带 MindSpore 的环境约占 4 GB。",
        "The disk is full: an environment with MindSpore takes about 4 GB.",
        "请腾出空间后重试；uv cache clean 和 pip cache purge 可删去以前的下载。",
        "Free some space and try again; uv cache clean and pip cache purge remove earlier downloads.",
    ),
    r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED": cause(
        "软件源的证书不受信任，多半是公司网络替换了证书。",
        "The certificate of the package index is not trusted on this machine, often because a company network "
        "replaces it.",
        "请让 SSL_CERT_FILE（uv）和 PIP_CERT（pip）指向公司的 CA 证书文件，再重试。",
        "Point SSL_CERT_FILE (uv) and PIP_CERT (pip) at the company's CA file and try again.",
    ),
    r"No interpreter found for Python (?P<python>[\d.]+)": cause(
        "本机没有 Python {python}，也不允许 uv 下载。",
        "Python {python} is not installed, and uv is not allowed to download it.",
        "请安装它，或允许 uv 下载（UV_PYTHON_DOWNLOADS=automatic）。",
        "Install it, or set UV_PYTHON_DOWNLOADS=automatic.",
    ),
    r"(?x) error:\ (?:Failed\ to\ (?:fetch|download)|Request\ failed).{0,2000}(?:error\ sending\ request|HTTP\ status|timed\ out)"
    r"| Retrying\ \(Retry\(.{0,5000}\(from\ versions:\ none\) | Max\ retries\ exceeded | ReadTimeoutError:"
    r"| issue\ with\ network\ connectivity | ERROR:\ Wheel\ '[^']+'\ located\ at\ \S+\ is\ invalid": cause(
        "软件包没有下载成功。",
        "The packages could not be downloaded.",
        "请检查网络和代理（HTTPS_PROXY）后重试；要用镜像站，请设置 UV_DEFAULT_INDEX（uv）或 PIP_INDEX_URL（pip）。",
        "Check the network and the proxy (HTTPS_PROXY) and try again; to use a mirror, set UV_DEFAULT_INDEX (uv) or "
        "PIP_INDEX_URL (pip).",
    ),
}
PRINTED = {
    **LOCAL,
    r"does not satisfy Python(?P<needs>\S+) and (?P<package>\S+) depends on Python": OTHER_PYTHON,
    r"Because (?P<package>\S+) requires Python (?P<needs>\S+)": OTHER_PYTHON,
    r"Package '(?P<package>[^']+)' requires a different Python: \S+ not in '(?P<needs>[^']+)'": OTHER_PYTHON,
    r"(?<!\S)(?P<package>\S+) has no wheels with a matching Python": cause(
        "{package} 没有适合这个 Python 的安装包。",
        "There is no build of {package} for this Python version.",
        "请改用 README 所写的 Python。",
        "Use a Python version that the README names.",
        "XR108",
    ),
    r"(?<!\S)(?P<package>\S+) has no (?:usable wheels|wheels with a matching platform)": cause(
        "{package} 没有适合本机的安装包。",
        "There is no build of {package} for this machine.",
        f"{MACHINES.zh}，请换这样的机器或容器。",
        f"{MACHINES.en}; use such a machine or a container.",
    ),
    r"Failed to build `|Failed building wheel for|metadata-generation-failed|Getting requirements to build wheel did not": cause(
        "有的软件包没有适合本机的安装包，从源码编译也失败了。",
        "There is no build of a package for this machine, and it could not be compiled from source.",
        f"请改用 README 所写的 Python；{MACHINES.zh}。",
        f"Use a Python version that the README names; {MACHINES.en}.",
    ),
    r"there is no version of (?P<package>[^\s,]+)": cause(
        "没有发布过 {package}。",
        "{package} was never published.",
        "请在 requirements.in 中换一个版本，再运行 nox -s lock。",
        "Choose another version in requirements.in, then run nox -s lock.",
        "XR107",
    ),
    r"Because (?P<package>\S+) was not found in the": cause(
        "没有名为 {package} 的软件包。",
        "There is no package named {package}.",
        "请检查 requirements.in 中的写法，再运行 nox -s lock。",
        "Check its name in requirements.in, then run nox -s lock.",
    ),
    # pip says the same of a wrong Python, a wrong machine and a version that nobody published.
    r"Could not find a version that satisfies the requirement (?P<package>\S+)": cause(
        "{package} 没有适合这个 Python 和本机的安装包。",
        "There is no build of {package} for this Python version and machine.",
        f"请改用 README 所写的 Python；{MACHINES.zh}。如果根本没有这个版本，请修改 requirements.in，再运行 nox -s lock。",
        f"Use a Python version that the README names; {MACHINES.en}. If this version does not exist at all, change "
        "requirements.in and run nox -s lock.",
        *("XR107", "XR108"),
    ),
    r"ResolutionImpossible|No solution found when resolving dependencies": CONFLICT,
    r"ERROR: Invalid requirement: ['\"](?P<line>[^'\"]{1,200})": BAD_LINE,
    r"error: Couldn't parse requirement in `[^`]{1,300}` at position \d+ cause: .{1,300}? (?P<line>\S{1,200}) \^": BAD_LINE,
    r"THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch for `|require their versions to be pinned|must all have hashes": HASHES,
    r"(?:Could not open requirements file: .{0,100}?directory: '|failed to read from file `)(?P<file>[^'`]{1,300})": cause(
        "requirements.txt 引用的文件不存在：{file}。",
        "requirements.txt includes a file that does not exist: {file}.",
        "请提交这个文件，或删去引用它的那一行。",
        "Commit the file, or delete the line that includes it.",
        "XR101",
    ),
    r"(?P<path>\S{1,300}) (?:\(from [^)]{1,300}\)\)? )?does not appear to be a Python project": cause(
        "requirements.txt 从本地路径安装，而那里没有 Python 项目。",
        "requirements.txt installs from a local path, and there is no Python project there.",
        "请改为已发布的软件包；自己的模块直接放在 inference/ 中，不需要安装。",
        "Name a published package instead; put your own modules into inference/, where they need no installation.",
        "XR102",
    ),
    r"ModuleNotFoundError: No module named '(?P<module>[\w.]{1,100})'": cause(
        "应用导入了 {module}，而它没有安装，也不在 inference/ 中。",
        "The app imports {module}, which is neither installed nor in inference/.",
        "如果是软件包，请把 {package} 写进 requirements.in，再运行 nox -s lock；如果是您自己的模块，请移到 inference/ 中。",
        "If it is a package, add {package} to requirements.in and run nox -s lock; if it is your own module, move it "
        "into inference/.",
        *("XR104", "XA105"),
    ),
    r"(?P<package>[\w-]{1,100}) must be installed to use": cause(
        "缺少软件包 {package}：别的软件包需要它，但不会自动安装它。",
        "The package {package} is missing: another package needs it but does not install it.",
        "请把 {package} 写进 requirements.in，再运行 nox -s lock。",
        "Add {package} to requirements.in and run nox -s lock.",
        "XR104",
    ),
    r"ImportError: (?P<library>lib[\w.+-]{1,100}): cannot open shared object file": cause(
        "缺少系统库 {library}，软件包没有自带它。",
        "The system library {library} is missing, and the package does not include it.",
        "请把 opencv-python 换成 opencv-python-headless；其他软件包请换用 CPU 版。",
        "Replace opencv-python with opencv-python-headless; for other packages, use the CPU version.",
        "XR109",
    ),
    r"ImportError: cannot import name '(?P<name>[^']{1,100})' from '(?P<module>[\w.]{1,100})'": cause(
        "装上的 {module} 版本不对：其中没有 {name}。",
        "The installed version of {module} is not the right one: it has no {name}.",
        "请在 requirements.in 中固定互相兼容的版本，再运行 nox -s lock；如果 {module} 是您自己的模块，请检查名字。",
        "Pin compatible versions in requirements.in, then run nox -s lock; if {module} is your own module, check the "
        "name.",
        *("XR105", "XR106"),
    ),
    r"AttributeError: module 'gradio' has no attribute '(?P<name>[^']{1,100})'": cause(
        "装上的 Gradio 没有 gr.{name}，应用是按另一个版本写的。",
        "The installed Gradio has no gr.{name}; the app was written for another version.",
        "请在 requirements.in 中固定应用所用的 Gradio 版本；xihe-hooks check 会说明新的写法。",
        "Pin the Gradio version that the app was written for in requirements.in; xihe-hooks check tells you what to "
        "use instead.",
        "XA109",
    ),
    r"TypeError: (?P<call>[\w.]{1,100}\(\)) got an unexpected keyword argument '(?P<name>\w{1,100})'": cause(
        "装上的版本里，{call} 没有参数 {name}。",
        "In the installed version, {call} has no argument {name}.",
        "请去掉这个参数，或固定应用所用的版本；对 Gradio，xihe-hooks check 会说明新的写法。",
        "Leave the argument out, or pin the version that the app was written for; for Gradio, xihe-hooks check tells "
        "you what to use instead.",
        *("XA109", "XR105"),
    ),
    r"TypeError: unsupported operand type\(s\) for \|: 'type' and '\w+'": cause(
        "X | Y 这样的类型标注需要 Python 3.10，而运行应用的 Python 更旧（镜像里是 3.9）。",
        "Types written as X | Y need Python 3.10, but the app runs on an older version (the image has 3.9).",
        "请在文件开头写 from __future__ import annotations，或改用 typing.Optional 和 typing.Union。",
        "Add from __future__ import annotations at the top of the file, or use typing.Optional and typing.Union.",
    ),
    r"File \"(?P<file>[^\"]{1,300})\", line (?P<line>\d{1,9}) [^\"]{0,1000}?(?:Syntax|Indentation|Tab)Error: ": cause(
        "{file} 第 {line} 行有语法错误，或用了运行应用的 Python（镜像里是 3.9）还没有的语法。",
        "Line {line} of {file} has a syntax error, or uses syntax that is newer than the Python that runs it (the "
        "image has 3.9).",
        "请改正这一行，再用 xihe-hooks check 检查。",
        "Correct the line, then run xihe-hooks check.",
        "XA101",
    ),
    r"the checkpoint file: (?P<file>[^\s{}]{1,300}) does not exist": cause(
        "找不到权重文件 {file}。",
        "The weights file {file} does not exist.",
        "请在 config.json 中列出它；平台会把它放在 app.py 旁边，文件夹都去掉，只留文件名。",
        "List it in config.json; the platform puts it beside app.py, keeping only the file name.",
        *("XC111", "XC112"),
    ),
    r"Failed to read the checkpoint(?: file)? (?P<file>\S{1,300}?)\.? ": NOT_A_CHECKPOINT,
    r"allow_pickle=False|UnpicklingError: invalid load key, 'v'|version https://git-lfs\.github\.com/spec/": cause(
        "应用读到的不是数据，多半是 git-lfs 指针的文本。",
        "What the app reads is not the data; it is probably the text of a git-lfs pointer.",
        "请用 head -c 100 查看这个文件。项目仓库不要使用 git-lfs：小文件直接提交，大文件放到模型仓库。",
        "Look at the file with head -c 100. Keep git-lfs out of the project repository: commit small files as they "
        "are, and put large ones into the model repository.",
        *("XG102", "XG103"),
    ),
    r"the checkpoint file should end with '.ckpt'|the checkpoint file format must same with": cause(
        "load_checkpoint 只读名字以 .ckpt 结尾的文件。",
        "load_checkpoint reads only files whose names end with .ckpt.",
        "请用 MindSpore 保存的 .ckpt 文件；PyTorch 的 .pth 需要先转换，不能只改名。",
        "Use a .ckpt file that MindSpore saved; a .pth file of PyTorch has to be converted; renaming it is not enough.",
    ),
    r"(?P<file>[^\s/]{1,300}) ?(?:does not fit the network in model\.py|的参数与 model\.py 里的网络不符) ?[(（](?P<names>[^()（）]{1,2000})": cause(
        "{file} 与 model.py 中的网络不一致（{names}）。",
        "{file} does not fit the network in model.py ({names}).",
        "请换成由这个网络训练出的权重，或把 model.py 中的网络改成训练时的定义。",
        "Use weights that were trained with this network, or change the network in model.py to the one that was "
        "trained.",
    ),
    r"should have the same (?:shape|type|size) as \S{1,200} in the argument 'parameter_dict'": OTHER_NETWORK,
    r"Unsupported device target \w+": cause(
        "应用要求在加速卡上运行，而平台的推理只有 CPU。",
        "The app asks for an accelerator, but the platform runs it on a CPU.",
        '请写 mindspore.set_context(device_target="CPU")，或去掉这一设置。',
        'Write mindspore.set_context(device_target="CPU"), or leave the setting out.',
    ),
    r"FileNotFoundError: \[Errno 2\] No such file or directory: '(?P<file>[^']{1,300})'": cause(
        "应用要打开的文件不存在：{file}。",
        "The app tries to open a file that does not exist: {file}.",
        '请把它放在 inference/ 中并提交，用 Path(__file__).with_name("…") 打开；权重请列在 config.json 中。',
        'Put it into inference/, commit it, and open it with Path(__file__).with_name("..."); list weights in config.json.',
        *("XA104", "XA110", "XC111"),
    ),
    r"Cannot find empty port in range|\bPort \d+ is in use|[Aa]ddress already in use": cause(
        "应用要用的端口已被占用。",
        "The port that the app needs is already in use.",
        "请不要给 launch() 指定端口：平台用环境变量给出。在本机，请停止占用端口的程序，或给 preview 加上 --port。",
        "Do not pass a port to launch(): the platform sets it through an environment variable. On your machine, stop "
        "the program that uses the port, or pass --port to preview.",
        "XA103",
    ),
    r"Unable to allocate [\d.]+ [KMGTPE]iB|\bMemoryError\b|DefaultCPUAllocator: can't allocate|std::bad_alloc": cause(
        "内存不够。",
        "There is not enough memory.",
        "请用更小的模型、批次或图片；确认没有重复加载权重。",
        "Use a smaller model, batch or picture, and make sure that the weights are loaded only once.",
    ),
    r"NameError: name '(?P<name>\w{1,100})' is not defined": cause(
        "应用用了没有定义过的名字 {name}。",
        "The app uses the name {name}, which is not defined.",
        "请检查拼写和导入，再运行 nox -s preview。",
        "Check the spelling and the imports, then run nox -s preview.",
    ),
    r"fatal: repository '(?P<repository>[^']{1,300})' (?:not found|does not exist)": NO_REPOSITORY,
    r"fatal: '?(?P<repository>[^' ]{1,300})'? does not appear to be a git repository": NO_REPOSITORY,
    r"fatal: Authentication failed for|fatal: could not read (?:Username|Password) for|HTTP Basic: Access denied": NO_ACCESS,
    r"fatal: unable to access '[^']{1,300}': (?:Failed to connect|Could not resolve host|Couldn't connect|Connection timed out)": cause(
        "连接不上 git 服务器。",
        "The git server cannot be reached.",
        "请检查网络和代理后重试。",
        "Check the network and the proxy, and try again.",
    ),
    r"Git LFS upload failed|missing or corrupt local objects": cause(
        "推送了 git-lfs 指针，而它代表的内容不在本机，无法上传。",
        "The push contains git-lfs pointers whose content is not on this machine and so cannot be uploaded.",
        "请在有该文件的机器上运行 git lfs push --all origin main，或重新添加文件并提交。",
        "Run git lfs push --all origin main on the machine that has the file, or add the file again and commit.",
        *("XM104", "XM106"),
    ),
    r"\[remote rejected\] .{0,200}(?:hook declined)": cause(
        "平台拒绝了这次推送。",
        "The platform refused the push.",
        "请看上面以 remote: 开头的行，再运行 xihe-hooks check。常见原因：文件超过 200 KB（以前的提交也算）、推送的不是 main "
        "分支、一次推送多个提交。",
        "Read the lines above that begin with remote:, and run xihe-hooks check. Common causes: a file above 200 KB "
        "(also in earlier commits), a branch other than main, or several commits in one push.",
        *("XG101", "XG106"),
    ),
    r"\[rejected\] .{0,200}\((?:non-fast-forward|fetch first)\)": cause(
        "远程仓库有您本地没有的提交。",
        "The remote has commits that you do not have.",
        "请先 git pull --rebase，再推送。",
        "Run git pull --rebase first, then push.",
    ),
    r"parameters in the 'net' are not loaded": OTHER_NETWORK,
}

STATE = (
    "这是正在进行的状态，不是失败。",
    "This is a passing state, not a failure.",
    "请等待；如果变为 build_failed 或 start_failed，请阅读对应的日志。",
    "Wait; if it becomes build_failed or start_failed, read the log of that step.",
)
ASLEEP = (
    "应用已停止，并没有失败。",
    "The app was stopped; it did not fail.",
    "请在空间页面上重新启动或恢复它。",
    "Start or resume it on the page of the space.",
)
STOPPED = (
    "应用没有启动成功；原因在应用日志里。",
    "The app did not start; its log gives the reason.",
    "请打开空间的应用日志，把它交给 xihe-hooks explain；nox -s preview 会在本机做同样的事。",
    "Open the app log of the space and pass it to xihe-hooks explain; nox -s preview does the same on your machine.",
)
# What the platform itself says, word for word; platform.yml has the day and the source of each.
MESSAGES = {
    "not_allowed": cause(
        "平台不允许您启动它：项目是私有的（2023-07-19 起任何人都不能启动），或您没有登录（2024-01-05 起需要登录）。",
        "The platform does not let you start it: the project is private (since 2023-07-19 nobody can start a private "
        "project), or you are not logged in (required since 2024-01-05).",
        "请在设置中把项目改为公开，登录后再启动。",
        "Make the project public in its settings, log in, and start again.",
    ),
    "system_error": cause(
        "平台没有等到应用就绪；如果消息中有 timeout，说明已过了约 310 秒。2023-10-19 起，获取文件时的任何错误都只显示为超时。",
        "The app did not become ready; if the message says timeout, about 310 seconds passed. Since 2023-10-19, "
        "every error of the step that fetches files shows only as a timeout.",
        "请运行 xihe-hooks check，再用 nox -s preview 在本机走一遍启动；改正后提交 inference/ 中的改动，再启动。",
        "Run xihe-hooks check, then start the app on your machine with nox -s preview. Commit the fix inside "
        "inference/ and start again.",
        *("XC101", "XC103", "XC112", "XM104", "XA103"),
    ),
    "no app.py": cause(
        "没有 inference/app.py。",
        "There is no inference/app.py.",
        "请用准确的名字（区分大小写）提交它。",
        "Commit it under exactly this name (case-sensitive).",
        *("XL101", "XL102"),
    ),
    "no model file": cause(
        "config.json 所列的文件不在模型仓库中；或是不经 git-lfs 的小文件，第一次尝试已把它移走（2023-10-24 起会重试）。",
        "A file that config.json lists is not in the model repository; or it is a small file without git-lfs, which "
        "the first attempt moved away (the platform retries since 2023-10-24).",
        "请改正路径（区分大小写，不能有空格），并用 git-lfs 保存权重。",
        "Correct the path (case-sensitive, no spaces), and store the weights in git-lfs.",
        "XC112",
    ),
    "unknown error for pod": cause(
        "容器被终止，没有留下日志：多半是内存不够。",
        "The container was ended and left no log; it probably ran out of memory.",
        "请用更小的模型或批次；在本机运行 nox -s preview 查看用量。",
        "Use a smaller model or smaller batches; run nox -s preview to see what it needs.",
    ),
    "no_application_file": cause(
        "平台找不到 inference/app.py。",
        "The platform cannot find inference/app.py.",
        "请用准确的名字（区分大小写）提交到 main 分支。",
        "Commit it to the branch main under exactly this name (case-sensitive).",
        *("XL101", "XL102", "XG106"),
    ),
    "related_model_notfound": cause(
        "平台找不到项目所关联的模型仓库。",
        "The platform cannot find the model repository that the project names.",
        "请检查账号和仓库名（区分大小写），并确认它是公开的或属于您。",
        "Check its owner and name (case-sensitive), and make sure that it is public or yours.",
        *("XC112", "XC113"),
    ),
    "related_model_disabled": cause(
        "项目所关联的模型仓库已被平台停用。",
        "The platform has disabled the model repository that the project names.",
        "请换一个模型仓库，或联系平台。",
        "Use another model repository, or contact the platform.",
    ),
    "space_commit_conflict": cause(
        "构建的提交已不是最新的提交。",
        "The commit that is being built is no longer the latest.",
        "请刷新页面，等最新的提交构建完。",
        "Reload the page and wait until the latest commit is built.",
    ),
    "space_app_unmatched_status": cause(
        "应用当前的状态不允许这个操作。",
        "The current state of the app does not allow this action.",
        "请刷新页面，等状态改变后再试。",
        "Reload the page and try again when the state has changed.",
    ),
    "space_app_create_failed": cause(
        "平台没有开始构建；同一条消息里应有原因，如 no_application_file 或 related_model_notfound。",
        "The platform did not start the build; the same message should give the reason, such as no_application_file "
        "or related_model_notfound.",
        "请把整条消息交给 xihe-hooks explain，并运行 xihe-hooks check。",
        "Pass the whole message to xihe-hooks explain, and run xihe-hooks check.",
        *("XL101", "XL102", "XC112"),
    ),
    "no_npu_permission": cause(
        "您的账号不能使用 NPU。",
        "Your account may not use an NPU.",
        "请选择 CPU，或向平台申请。",
        "Choose CPU, or ask the platform for permission.",
    ),
    "insufficient_quota": cause(
        "配额已用完：一个 NPU 应用占一份。",
        "Your quota is used up: each app on an NPU needs one unit.",
        "请停止另一个应用，或选择 CPU。",
        "Stop another app, or choose CPU.",
    ),
    "audit_block": cause(
        "名字、标题、简介或文件没有通过平台的内容审核。",
        "A name, title, description or file did not pass the platform's content review.",
        "请修改后再提交。",
        "Change it and submit it again.",
    ),
    "build_failed": cause(
        "构建失败，原因在构建日志里：多半是 requirements.txt 无法安装。",
        "The build failed, and the build log gives the reason: most often, requirements.txt cannot be installed.",
        "请打开空间的构建日志，把它交给 xihe-hooks explain；nox -s preview 会在本机做同样的事。",
        "Open the build log of the space and pass it to xihe-hooks explain; nox -s preview does the same on your "
        "machine.",
        *("XR101", "XR107"),
    ),
    **dict.fromkeys(("start_failed", "restart_failed", "resume_failed"), cause(*STOPPED, "XA101", "XA102")),
    **dict.fromkeys(("init", "building", "starting", "restarting", "resuming"), cause(*STATE)),
    "serving": cause(
        "应用正在运行。",
        "The app is running.",
        "如果页面仍打不开，请等一两分钟后刷新。",
        "If its page does not open, wait a minute or two and reload.",
    ),
    **dict.fromkeys(("paused", "sleeping"), cause(*ASLEEP)),
}
# git's own word for the second try, in versions of 2022-11-24 to 2023-10-19; the cause comes after "more detail".
SECOND_TRY = cause(
    "这是第二次尝试的错误，不是原因：文件夹是第一次尝试留下的（2023-10-19 之前的版本）。",
    "This is the error of the second attempt, not the cause: the first attempt left the folder behind (versions "
    "before 2023-10-19).",
    "请查看 more detail 之后的内容，并把整份日志交给 xihe-hooks explain。",
    "Read what follows more detail, and pass the whole log to xihe-hooks explain.",
)


def explain(log: str) -> Cause | None:
    """Return why what printed this log failed, or None where the table does not have it.

    Only the first and the last 50,000 characters are read. A message in JSON is read as what its strings say.
    """
    if len(log) > 2 * MOST:
        log = f"{log[:MOST]} {log[-MOST:]}"
    log = re.sub(r"\x1b\[[0-9;?]{0,20}[A-Za-z]", "", log)
    log = re.sub(r'(?<!\\)\\(["/nrt])', lambda found: found[1] if found[1] in '"/' else " ", log)
    printed = re.sub(rf"\S{{{LONGEST},}}", "...", " ".join(log.split()))
    printed += _ignored(printed)
    for pattern, known in _table():
        if found := re.search(pattern, printed):
            return known.about(found)._replace(local=pattern in LOCAL)
    return None


def _table() -> Iterator[tuple[str, Cause]]:
    """Yield patterns and causes, the surest first: what a program printed tells more than a state of the platform."""
    for each in packages()["combinations"]:
        if error := each.get("error"):
            because = Text(**each["because"])
            needs = Text(
                f"请在 requirements.in 中写上 {each['needs']}，再运行 nox -s lock。",
                f"Add {each['needs']} to requirements.in, then run nox -s lock.",
            )
            yield (
                re.escape(error),
                Cause(Text(f"{because.zh}。", f"{because.en[0].upper()}{because.en[1:]}."), needs, ("XR106",)),
            )
    yield from PRINTED.items()
    for message in platform()["messages"]:
        word = re.escape(message)
        alone = rf"\A\W*{word}\W*\Z|(?i:status|state)\W{{1,5}}{word}\b"  # an ordinary word is a state only there
        pattern = rf"(?<![\w-]){word}(?![\w-])" if re.search(r"\W|_", message) else alone
        yield pattern, MESSAGES[message]._replace(message=message)
    yield r"destination path \S{1,300} already exists", SECOND_TRY


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
