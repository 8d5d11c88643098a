"""A visitor: draws digits with a mouse on a served page or chooses a picture, presses Submit and reads the answers."""

import contextlib
import io
import re
import shutil
import sys

import numpy as np
import strokes
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

# Without these Chromium looks up hosts of its own at each start.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Gradio 6, 3 and 2 (with and without probabilities).
ANSWER = '[data-testid="label-output-value"], div.output-class, .output_class, .output_class_without_confidences'
SUBMIT = re.compile("^(Submit|提交)$")
# An example of Gradio 6 and 3, and of Gradio 2.
EXAMPLE = ".gallery-item, .examples_table td"


def draw(page: Page, digit, rng, watch=lambda: None):
    """Move the mouse along one way to draw the digit, in the middle of the sketchpad; call watch() after each move."""
    box = page.locator("canvas").last.bounding_box()
    left = box["x"] + (box["width"] - strokes.PAGE) / 2
    top = box["y"] + (box["height"] - strokes.PAGE) / 2
    for (x, y), *rest in strokes.paths(digit, rng):
        page.mouse.move(left + x, top + y)
        page.mouse.down()
        for x, y in rest[2::3] + rest[-1:]:  # as far apart as a quick hand's events
            page.mouse.move(left + x, top + y)
            watch()
        page.mouse.up()


def read(page: Page):
    """Press Submit and return the answer; the page must hold none before."""
    expect(page.locator(ANSWER)).to_have_count(0)
    page.get_by_role("button", name=SUBMIT).click()
    return page.locator(ANSWER).inner_text(timeout=30_000).strip()


def clear(page: Page):
    """Press Clear, and wait until the answer is gone."""
    page.get_by_role("button", name=re.compile("^(Clear|清除)$")).last.click()
    expect(page.locator(ANSWER)).to_have_count(0)


def try_digits(page: Page, picture, pictured):
    """Submit an empty sketchpad and the ten digits; return what went wrong, a sentence each."""
    rng = np.random.default_rng(1)
    faults = []
    if "0" not in (sentence := read(page)) or "9" not in sentence:
        faults.append(f"An empty sketchpad was answered with {sentence!r}.")
    for digit in range(10):
        clear(page)
        draw(page, digit, rng)
        answer = read(page)
        print(f"drawn {digit}, answered {answer}", flush=True)
        if answer != str(digit):
            faults.append(f"{digit} was answered with {answer}.")
        if picture and digit == pictured:
            page.mouse.move(1, 1)
            page.wait_for_timeout(1000)  # the answer fades in
            page.screenshot(path=picture)
    return faults


def film(page: Page, file, digit=5):
    """Clear the page, draw a digit and press Submit, as a GIF that repeats."""
    frames, milliseconds = [], []

    def take(duration=40):
        frames.append(Image.open(io.BytesIO(page.screenshot())).resize((720, 406)))
        milliseconds.append(duration)

    clear(page)
    take(800)
    draw(page, digit, np.random.default_rng(1), take)
    take(400)
    page.get_by_role("button", name=SUBMIT).hover()
    take(400)
    read(page)
    page.wait_for_timeout(1000)  # the answer fades in
    take(2500)
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=milliseconds, loop=0, optimize=True)


def check_phone(page: Page):
    """Return what a phone's screen does not show: the page fits its width, and nothing lies over the sketchpad."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(1000)
    faults = []
    if (width := page.evaluate("document.documentElement.scrollWidth")) > 390:
        faults.append(f"The page is {width} pixels wide on a screen of 390.")
    box = page.locator("canvas").last.bounding_box()
    tools = page.get_by_role("button", name=re.compile("^(Pan|Zoom|Color|Brush|Erase)"))
    shown = [each.get_attribute("aria-label") for each in tools.all() if each.is_visible()]
    if shown:
        faults.append(f"The tools {', '.join(shown)} lie on the sketchpad.")
    if box["width"] < 200:
        faults.append(f"The sketchpad is {box['width']} pixels wide on a phone.")
    return faults


@contextlib.contextmanager
def opened(address, faults):
    """Open the address in Chromium; give the page, and add to the faults what the page asks other servers for."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("Chromium is missing: install it, for example with apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 620})
        asked = []
        page.on("request", lambda request: asked.append(request))  # which a method of a list cannot be
        page.goto(address)
        yield page
        own = (address, "data:", "blob:", address.replace("http", "ws", 1))
        # What the page's own rule forbids is listed and never sent.
        elsewhere = {each.url for each in asked if not each.url.startswith(own) and each.failure != "csp"}
        faults += [f"The page asks for {each}." for each in sorted(elsewhere)]
        browser.close()


def visit(address, picture, moving, pictured=5):
    """Draw on the page at the address, with a screenshot to a PNG file and a film to a GIF; return what went wrong."""
    faults = []
    with opened(address, faults) as page:
        page.locator("canvas").last.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)  # the sketchpads lay themselves out after they appear
        faults += try_digits(page, picture, pictured)
        if moving:
            film(page, moving)
        clear(page)
        faults += check_phone(page)
    return faults


def put_picture(page: Page, file):
    """Choose a picture."""
    page.locator("input[type=file]").first.set_input_files(file)
    page.locator("img[src^=data], img[src*=upload], img[src*=file], canvas").first.wait_for()


def put_text(page: Page, text):
    """Enter a text."""
    page.locator("textarea").first.fill(text)


def broken_pictures(page: Page):
    """Return what pictures of the page did not load, a sentence each."""
    sources = page.evaluate("[...document.images].filter(each => !each.naturalWidth).map(each => each.src)")
    return [f"The picture {each} is not shown." for each in sources]


def answer_each(address, put, inputs, example=None, picture=None):
    """Submit nothing, each input of {input: answer} by put(page, input), and the page's first example, whose answer is given; return what went wrong."""
    faults = []
    with opened(address, faults) as page:
        page.get_by_role("button", name=SUBMIT).wait_for(timeout=60_000)
        page.wait_for_timeout(1000)
        faults += broken_pictures(page)
        print(f"given nothing, answered {read(page)}", flush=True)
        for given, expected in inputs.items():
            clear(page)
            put(page, given)
            answer = read(page)
            print(f"given {given}, answered {answer}", flush=True)
            if answer != expected:
                faults.append(f"{given} was answered with {answer}, not {expected}.")
        if example:
            clear(page)
            page.locator(EXAMPLE).first.click()
            page.wait_for_timeout(1000)  # it is fetched and shown
            answer = read(page)
            print(f"pressed the first example, answered {answer}", flush=True)
            if answer != example:
                faults.append(f"The first example was answered with {answer}, not {example}.")
        if picture:
            page.wait_for_timeout(1000)  # the answer fades in
            page.screenshot(path=picture)
    return faults
