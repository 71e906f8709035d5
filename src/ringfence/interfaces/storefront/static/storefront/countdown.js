// Counts down to the end of a hold. Without it the page shows the moment itself, which is enough.
"use strict";
for (const clock of document.querySelectorAll("[data-countdown]")) {
  const end = performance.now() + Number(clock.dataset.countdown) * 1000;
  const bar = document.getElementById(clock.dataset.bar || "");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (bar) bar.value = left;
    if (left > 0) setTimeout(tick, 250);
    else location.reload();
  };
  clock.hidden = false;
  tick();
}
