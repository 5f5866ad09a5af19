// The site's only script: reading works without it. No library, no request to anywhere.
(function () {
  "use strict";
  var root = document.documentElement;
  var all = function (selector, from) {
    return Array.prototype.slice.call((from || document).querySelectorAll(selector));
  };

  // Light and dark. The choice made in the page's head is the system's, or the reader's last.
  function themeButton() {
    var button = document.querySelector(".theme-button");
    var show = function () {
      button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
    };
    button.hidden = false;
    show();
    button.addEventListener("click", function () {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch (error) { /* private window */ }
      show();
    });
  }

  // The table of contents on a narrow screen: a drawer that Escape, a click outside or the button closes.
  function menu() {
    var button = document.querySelector(".menu-button");
    var drawer = document.getElementById("contents");
    var set = function (open) {
      root.classList.toggle("menu-open", open);
      button.setAttribute("aria-expanded", String(open));
      if (open) { var link = drawer.querySelector("a.current, a"); if (link) link.focus(); }
    };
    var isOpen = function () { return root.classList.contains("menu-open"); };
    button.addEventListener("click", function () { set(!isOpen()); });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && isOpen()) { set(false); button.focus(); }
    });
    document.addEventListener("click", function (event) {
      if (isOpen() && !drawer.contains(event.target) && !button.contains(event.target)) set(false);
    });
  }

  // "/" goes to the search field, unless something is being typed or a control holds the focus.
  function searchKey() {
    var field = document.querySelector(".search-page input, .search input");
    document.addEventListener("keydown", function (event) {
      var busy = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || busy || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.focus();
    });
    if (field.closest(".search-page")) {
      field.value = new URLSearchParams(location.search).get("q") || "";
    }
  }

  // Boxes that scroll sideways can be scrolled from the keyboard, but only while there is something
  // to scroll. The observer speaks up when a box is first laid out and whenever its size changes.
  function scrollers() {
    if (!window.ResizeObserver) return;
    var observer = new ResizeObserver(function (entries) {
      var boxes = entries.map(function (entry) { return entry.target; });
      var wide = boxes.map(function (box) { return box.scrollWidth > box.clientWidth + 1; });
      boxes.forEach(function (box, i) {
        if (wide[i]) box.tabIndex = 0; else box.removeAttribute("tabindex");
      });
    });
    all("main pre, main .scrolls, main .pst-scrollable-table-container, main .output.text_html, main .cell_output")
      .forEach(function (box) { observer.observe(box); });
  }

  // A copy button in every block of code.
  function copyButtons() {
    if (!navigator.clipboard) return;
    all("main .cell_input pre, main div[class*='highlight-'] pre").forEach(function (block) {
      if (block.closest(".cell_output")) return;
      var text = block.textContent;
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy this code");
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(text).then(function () {
          button.textContent = "Copied";
          setTimeout(function () { button.textContent = "Copy"; }, 1500);
        });
      });
      block.parentNode.appendChild(button);
    });
  }

  // Marks, in "On this page", the section being read.
  function spy() {
    var links = all(".on-page a[href^='#']").filter(function (a) { return a.hash.length > 1; });
    if (!links.length || !window.IntersectionObserver) return;
    var byId = {};
    links.forEach(function (a) { byId[decodeURIComponent(a.hash.slice(1))] = a; });
    var visible = new Set();
    var observer = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) { visible[entry.isIntersecting ? "add" : "delete"](entry.target.id); });
      var current = Object.keys(byId).filter(function (id) { return visible.has(id); }).pop();
      if (!current) return;
      links.forEach(function (a) { a.removeAttribute("aria-current"); });
      byId[current].setAttribute("aria-current", "location");
    }, { rootMargin: "-70px 0px -65% 0px" });
    Object.keys(byId).forEach(function (id) {
      var section = document.getElementById(id);
      if (section) observer.observe(section);
    });
  }

  // What can wait for the first paint waits for it.
  function start() {
    themeButton();
    menu();
    searchKey();
    requestAnimationFrame(function () { setTimeout(function () { copyButtons(); scrollers(); spy(); }, 0); });
  }
  start();
})();
