// Copies a value to the clipboard. Without it the value is marked and copied by hand, so the buttons stay hidden.
"use strict";
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const says = button.firstChild.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.firstChild.textContent = button.dataset.copied;
      setTimeout(() => { button.firstChild.textContent = says; }, 2000);
    });
  }
}
