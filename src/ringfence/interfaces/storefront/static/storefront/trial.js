// Follows a call while it runs. Without it the page loads itself anew each second.
"use strict";
{
  const PAUSE = 200;

  // Rungs that are there stay as they are, so that only a new one arrives.
  const take = (fresh) => {
    const old = document.getElementById("trial");
    const known = old.querySelector(".ladder");
    const rungs = [...fresh.querySelectorAll(".ladder > li")];
    for (const rung of rungs.slice(known.children.length)) known.append(rung);
    for (const part of [".ladder-head", "#trial-now", "#trial-note"]) {
      const [mine, theirs] = [old.querySelector(part), fresh.querySelector(part)];
      if (mine.innerHTML !== theirs.innerHTML) mine.innerHTML = theirs.innerHTML;
    }
    const verdict = fresh.querySelector("#verdict");
    if (verdict) old.append(verdict);
    return fresh.hasAttribute("data-running");
  };

  const follow = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("trial");
      if (!fresh || !take(fresh)) return;
    } catch {
      // The store may be starting anew; it is asked again.
    }
    setTimeout(follow, PAUSE);
  };
  setTimeout(follow, PAUSE);
}
