"""A reader of the documentation's site, at a phone and at a desk: python visit_site.py FOLDER ADDRESS, where FOLDER is served.

Says what is wrong, a sentence each.
"""

import sys
from pathlib import Path

from browser import opened
from playwright.sync_api import Page

WIDTHS = {390: 844, 1440: 900}
# What a page of the site looks like, as the browser laid it out.
LOOK = """() => {
  const seen = each => each.checkVisibility({ checkVisibilityCSS: true });
  const text = each => each.textContent.trim().slice(0, 60);
  const all = (selector, holds) => [...document.querySelectorAll(selector)].filter(holds).map(text);
  const copied = each => { const button = each.querySelector(".md-code__button"); return button && seen(button); };
  const page = document.documentElement;
  return {
    "goes on to the right": page.scrollWidth > innerWidth ? [page.scrollWidth + " pixels"] : [],
    "offers to copy an output": all(".language-text", copied),
    "does not offer to copy a command": all(".language-shell", each => !copied(each)),
    "breaks a name": all(".whole", each => each.getClientRects().length > 1),
    "lacks a picture": [...document.images].filter(each => !each.naturalWidth).map(each => each.src),
    "does not enlarge a picture": [...document.images].filter(each => each.closest("a")?.href != each.src).map(each => each.src),
    "draws characters together": page.lang == "zh" ? all(".md-typeset *, .md-header *", each =>
      parseFloat(getComputedStyle(each).letterSpacing) < 0) : [],
    "does not mark its language": document.querySelectorAll(`[aria-current][hreflang=${page.lang}]`).length == 1
      ? [] : [page.lang],
  }
}"""


ANCHORS = "[...document.querySelectorAll('.md-content :is(h2, h3)[id]')].map(each => each.id)"


def look(page: Page, address, faults):
    """Add to the faults what is wrong with how one page looks; return the anchors of its headings."""
    page.goto(address)
    page.wait_for_function("!document.querySelector('.language-shell') || document.querySelector('.md-code__button')")
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for fault, where in page.evaluate(LOOK).items():
            faults += [f"{address} at {width} pixels {fault}: {each}" for each in where]
    return page.evaluate(ANCHORS)


def switch(page: Page, address):
    """Go from a rule's page in Chinese to English and back by the language switch."""
    faults = []
    page.goto(f"{address}rules.html#xc103")
    for language, place in (("en", "en/rules.html#xc103"), ("zh", "rules.html#xc103")):
        page.locator(".md-header .md-select").hover()
        page.locator(f".md-select__link[hreflang={language}]").click()
        page.wait_for_load_state()
        if page.url != address + place:
            faults.append(f"The switch to {language} leads to {page.url}.")
    return faults


def search(page: Page, address):
    """Find a word in the Chinese site and no other, and read what the search says of both."""
    page.goto(f"{address}index.html")
    page.locator(".md-search__button:visible").click()
    field = page.get_by_placeholder("搜索")
    field.fill("令牌")
    page.get_by_text("找到").wait_for()
    found = page.get_by_role("option").all_inner_texts()
    field.fill("没有这个词")
    page.get_by_text("没有找到").wait_for()
    return [] if any("发布" in each for each in found) else [f"The search for 令牌 found {found}."]


def visit(folder: Path, address):
    """Return what is wrong with the site."""
    faults = []
    with opened(address, faults) as page:
        page.set_default_timeout(10_000)
        names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.html"))
        anchors = {name: look(page, address + name, faults) for name in names}
        apart = [name for name in names if anchors.get(f"en/{name}", anchors[name]) != anchors[name]]
        faults += [f"{name} has other anchors than its English twin." for name in apart]
        page.goto(f"{address}404.html")
        if "没有这一页" not in page.locator("h1").inner_text():
            faults.append("The Chinese page of what is missing is not in Chinese.")
        faults += [*switch(page, address), *search(page, address)]
    return faults


if __name__ == "__main__":
    faults = visit(Path(sys.argv[1]), sys.argv[2])
    print(*faults, sep="\n")
    sys.exit(bool(faults))
