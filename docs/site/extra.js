/* Lines break between the words of inline code, and not within a short command, a name, an option or a date. */
const whole = (text) => `<span class="whole">${text}</span>`;
for (const code of document.querySelectorAll(".md-typeset :not(pre) > code"))
  code.innerHTML = code.textContent.length <= 20 ? whole(code.innerHTML) : code.innerHTML.replace(/\S{1,44}(?!\S)/g, whole);
for (const cell of document.querySelectorAll(".md-typeset td"))
  cell.innerHTML = cell.innerHTML.replace(/\d{4}-\d\d-\d\d(?![^<]*>)/g, whole);

/* A picture leads to itself in its own size, which a phone can enlarge. */
for (const picture of document.querySelectorAll(".md-typeset :not(a) > img")) {
  const link = document.createElement("a");
  link.href = picture.src;
  picture.replaceWith(link);
  link.append(picture);
}

/* Zensical's search speaks English on every site and draws Chinese characters together; it lies in a shadow tree. */
const words = { Search: "搜索", Filters: "筛选", Tags: "标签", "No results": "没有找到", "Loading search…": "正在加载" };
const translate = (text) => words[text] || text.replace(/^([\d,]+) results?$/, "找到 $1 处");
function speakChinese(root) {
  const style = document.createElement("style");
  style.textContent = "* { letter-spacing: normal !important }";
  root.append(style);
  const update = () => {
    for (const field of root.querySelectorAll("[placeholder]")) field.placeholder = translate(field.placeholder);
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
      if (translate(texts.currentNode.data) !== texts.currentNode.data)
        texts.currentNode.data = translate(texts.currentNode.data);
  };
  new MutationObserver(update).observe(root, { subtree: true, childList: true, characterData: true });
  update();
}
function findSearch(watch) {
  const host = [...document.body.children].find((each) => each.shadowRoot);
  if (host) {
    watch.disconnect();
    speakChinese(host.shadowRoot);
  }
}
if (document.documentElement.lang === "zh") {
  const watch = new MutationObserver(() => findSearch(watch));
  watch.observe(document.body, { childList: true });
  findSearch(watch);
}
