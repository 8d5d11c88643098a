"""A visitor: draws the ten digits with a mouse on a served page, presses Submit and reads the answers."""

import re
import shutil
import sys

import numpy as np
import strokes
from playwright.sync_api import Page, expect, sync_playwright

# Without these Chromium looks up hosts of its own at each start.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Gradio 6, 3 and 2 (with and without probabilities).
ANSWER = '[data-testid="label-output-value"], div.output-class, .output_class, .output_class_without_confidences'


def draw(page: Page, digit, rng):
    """Move the mouse along one way to draw the digit, in the middle of the sketchpad."""
    box = page.locator("canvas").last.bounding_box()
    left = box["x"] + (box["width"] - strokes.PAGE) / 2
    top = box["y"] + (box["height"] - strokes.PAGE) / 2
    for (x, y), *rest in strokes.paths(digit, rng):
        page.mouse.move(left + x, top + y)
        page.mouse.down()
        for x, y in rest[2::3] + rest[-1:]:  # as far apart as a quick hand's events
            page.mouse.move(left + x, top + y)
        page.mouse.up()


def read(page: Page):
    """Press Submit and return the answer; the page must hold none before."""
    expect(page.locator(ANSWER)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^(Submit|提交)$")).click()
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


def visit(address, picture, pictured=5):
    """Try the page at the address in Chromium, with a screenshot to a PNG file; return what went wrong."""
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("Chromium is missing: install it, for example with apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 620})
        page.goto(address)
        page.locator("canvas").last.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)  # the sketchpads lay themselves out after they appear
        faults = try_digits(page, picture, pictured)
        browser.close()
    return faults
