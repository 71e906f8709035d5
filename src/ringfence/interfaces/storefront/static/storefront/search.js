// Updates what is found while the search is changed. Without it the form is sent as any form is.
"use strict";
{
  const PAUSE = 250;
  const form = document.getElementById("search");
  const numbers = document.getElementById("numbers");
  let waiting = 0;
  let running = null;
  // Where others count visits, what is searched for stays out of the address, which they can read.
  const isCounted = Boolean(document.querySelector("script[data-measurement]"));

  const address = () => {
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) asked.append(name, value);
    const currency = document.getElementById("currency");
    if (currency && currency.value === currency.dataset.usual) asked.delete("currency");
    const query = asked.toString();
    return form.action.split("?")[0] + (query ? `?${query}` : "");
  };

  // Only what differs is touched, so that focus, an open list and what is being typed stay.
  const take = (page) => {
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      old.hidden = !fresh;
      if (!fresh) continue;
      if (old.tagName === "SELECT") {
        const chosen = old.value;
        if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
        old.value = fresh.value || (document.activeElement === old ? chosen : "");
        old.disabled = fresh.disabled;
      } else if (old.textContent !== fresh.textContent || old.children.length) {
        old.innerHTML = fresh.innerHTML;
      }
    }
    for (const box of form.querySelectorAll("input[type=checkbox]")) {
      const fresh = page.getElementById(box.id);
      if (fresh && box !== document.activeElement) box.disabled = fresh.disabled;
    }
    const typed = document.getElementById("digits");
    const wrong = page.getElementById("digits").getAttribute("aria-invalid");
    if (wrong) typed.setAttribute("aria-invalid", wrong);
    else typed.removeAttribute("aria-invalid");
    typed.closest(".field").classList.toggle("wrong", Boolean(wrong));
  };

  const languages = (url) => {
    for (const link of document.querySelectorAll("nav.languages a")) {
      link.search = new URL(url, location.href).search;
    }
  };

  const update = async () => {
    clearTimeout(waiting);
    running?.abort();
    const mine = (running = new AbortController());
    const url = address();
    numbers.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: mine.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine !== running) return;
      if (!page.getElementById("numbers")) throw new Error("not the page that was asked for");
      take(page);
      if (!isCounted) history.replaceState(null, "", url);
      languages(url);
    } catch (problem) {
      if (problem.name === "AbortError" || mine !== running) return;
      document.getElementById("found").textContent = form.dataset.failed;
    }
    numbers.removeAttribute("aria-busy");
  };

  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, PAUSE);
  };

  form.addEventListener("input", (event) => (event.target.id === "digits" ? later() : undefined));
  form.addEventListener("change", (event) => {
    if (event.target.id === "digits") return;
    if (event.target.id === "country") document.getElementById("area").value = "";
    if (event.target.id === "currency") document.getElementById("price").value = "";
    update();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    running?.abort();
    location.assign(address());
  });
  if (matchMedia("(min-width: 52rem)").matches) form.querySelector("details").open = true;
}
