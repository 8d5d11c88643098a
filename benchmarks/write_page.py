"""Write docs/{zh,en}/benchmarks.md from benchmarks/results.json."""

import json
from pathlib import Path

HERE = Path(__file__).parent
TEXTS = {
    "zh": {
        "title": "性能",
        "about": "由 `nox -s bench` 在 {cores} 核的机器上一次测得，取多次的中位数；本页由它生成。每个比值都相对于同一次运行中写明的对照。",
        "predict": "在进程内识别一个数字（毫秒）",
        "predict_head": [
            "组合",
            "MindSpore",
            "教程的写法",
            "本应用",
            "只运行网络",
            "纯 NumPy（下限）",
            "比教程快",
            "比只运行网络慢",
        ],
        "http": "经 HTTP 识别一个数字（毫秒），启动（秒）和内存（MiB）",
        "http_head": [
            "组合",
            "本应用",
            "返回固定结果的页面",
            "比值",
            "启动到第一个结果",
            "只导入（下限）",
            "内存",
            "只导入（下限）",
        ],
        "start": "在平台上按下启动之后（秒）",
        "start_about": "平台先用 pip 安装 `requirements.txt`，镜像里已有的软件包不再安装，然后启动应用。对照：什么都没有装时的 pip。没有缓存，和平台一样；下载的快慢取决于网络。",
        "start_head": ["组合", "pip", "应用启动到网页可用", "合计", "什么都没装时的 pip", "比值"],
        "setup": "生成、安装、预览和发布",
        "setup_head": ["项目", "测得", "对照", "比值"],
        "render": "生成两个仓库，对照：只有一个文件的 copier 模板（毫秒）",
        "preview": "`current` 第二次预览到网页可用，对照：只启动应用（秒）",
        "publish": "没有改动时发布，服务器每次应答晚 50 毫秒，对照：`git fetch` 两个仓库再 `git lfs push --dry-run`（毫秒）",
        "publish_local": "同上，服务器立即应答（毫秒）",
        "install": "安装 `current` 的环境（缓存已有），uv 对照 pip（秒）",
    },
    "en": {
        "title": "Benchmarks",
        "about": "Measured by `nox -s bench` in one run on {cores} cores, medians of several; this page is made from it. Each ratio is to the alternative named, in the same run.",
        "predict": "Recognise one digit, in process (milliseconds)",
        "predict_head": [
            "stack",
            "MindSpore",
            "the tutorial's way",
            "this app",
            "the bare network",
            "plain NumPy (floor)",
            "faster than the tutorial",
            "slower than the bare network",
        ],
        "http": "Recognise one digit over HTTP (milliseconds), start (seconds) and memory (MiB)",
        "http_head": [
            "stack",
            "this app",
            "a page that returns a fixed result",
            "ratio",
            "start to first result",
            "imports alone (floor)",
            "memory",
            "imports alone (floor)",
        ],
        "start": "After pressing start on the platform (seconds)",
        "start_about": "The platform installs `requirements.txt` by pip over the packages of its image, then starts the app. The alternative is pip with nothing installed before. Nothing is cached, as there; how long downloads take depends on the network.",
        "start_head": ["stack", "pip", "app to page", "together", "pip over nothing", "ratio"],
        "setup": "Render, install, preview and publish",
        "setup_head": ["what", "measured", "alternative", "ratio"],
        "render": "render both repositories, against a copier template of one file (milliseconds)",
        "preview": "the second preview of `current` until its page answers, against the app alone (seconds)",
        "publish": "publish with nothing to do, each answer of the server 50 ms late, against `git fetch` of both repositories and `git lfs push --dry-run` (milliseconds)",
        "publish_local": "the same with a server that answers at once (milliseconds)",
        "install": "install the environment of `current` from a warm cache, uv against pip (seconds)",
    },
}


def table(head, rows):
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def page(results, texts):
    """Return the page in the language of the texts."""
    stacks = results["stacks"]
    predict = [
        [
            f"`{name}`",
            each["mindspore"],
            f"{each['tutorial']:.1f}",
            f"{each['ours']:.2f}",
            f"{each['bare']:.2f}",
            f"{each['numpy']:.2f}",
            f"{each['tutorial'] / each['ours']:.0f}\u00a0×",
            f"{each['ours'] / each['bare']:.2f}\u00a0×",
        ]
        for name, each in stacks.items()
    ]
    http = [
        [
            f"`{name}`",
            f"{each['http']:.1f}",
            f"{each['constant']:.1f}",
            f"{each['http'] / each['constant']:.2f}\u00a0×",
            f"{each['start']:.1f}",
            f"{each['imports']:.1f}",
            f"{each['memory']:.0f}",
            f"{each['imports_memory']:.0f}",
        ]
        for name, each in stacks.items()
    ]
    started = [
        [
            f"`{name}`",
            f"{each['pip']:.1f}",
            f"{each['page']:.1f}",
            f"{each['pip'] + each['page']:.1f}",
            f"{each['pip_alone']:.1f}",
            f"{each['pip'] / each['pip_alone']:.2f}\u00a0×",
        ]
        for name, each in results.get("start", {}).items()
    ]
    setup = [
        [texts[key], f"{ours:.{digits}f}", f"{other:.{digits}f}", f"{ours / other:.2f}\u00a0×"]
        for key, digits in (("render", 0), ("install", 1), ("preview", 1), ("publish", 0), ("publish_local", 0))
        if key in results
        for ours, other in [results[key]]
    ]
    cores = max(each["cores"] for each in stacks.values())
    return "\n\n".join(
        [
            f"# {texts['title']}",
            texts["about"].format(cores=cores),
            f"## {texts['predict']}",
            table(texts["predict_head"], predict),
            f"## {texts['http']}",
            table(texts["http_head"], http),
            *([f"## {texts['start']}", texts["start_about"], table(texts["start_head"], started)] if started else []),
            f"## {texts['setup']}",
            table(texts["setup_head"], setup),
        ]
    )


def main():
    results = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    for language, texts in TEXTS.items():
        path = HERE.parent / "docs" / language / "benchmarks.md"
        path.write_text(page(results, texts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
