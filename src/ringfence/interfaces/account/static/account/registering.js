// Says when the phone has registered, while its password is on the page. Without it a link leads to a page that does.
"use strict";
{
  const PAUSE = 3000;
  const place = document.querySelector("[data-state]");

  const follow = async () => {
    try {
      const answer = await fetch(place.dataset.state, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const state = page.getElementById("state");
      if (!state) return;
      if (place.innerHTML !== state.innerHTML) place.innerHTML = state.innerHTML;
    } catch {
      // The store may be starting anew; it is asked again.
    }
    setTimeout(follow, PAUSE);
  };
  if (place) setTimeout(follow, PAUSE);
}
