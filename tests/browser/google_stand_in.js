// Stands in for Google's code: sets its cookies as it is told to, reports the visit, and follows the history and the
// end of the visit as "enhanced measurement" does. With each report go the real address, the page before, title, cookies,
// storage and state, whatever it was told to say instead.
"use strict";
{
  const commands = window.dataLayer.map((one) => [...one]);
  const [, id, how] = commands.find(([word]) => word === "config");
  const says = commands.find(([word]) => word === "consent")[2];
  const flags = `path=/; max-age=${how.cookie_expires}; ${how.cookie_flags}`;
  if (says.analytics_storage === "granted") {
    for (const name of ["_ga", "_ga_" + id.slice(2)]) document.cookie = `${name}=GA1.1.1; ${flags}`;
  }
  const tell = (event) => {
    const sent = new URLSearchParams({
      en: event,
      tid: id,
      dl: how.page_location,
      dr: how.page_referrer,
      dt: how.page_title,
      gcs: JSON.stringify(says),
    });
    const read = JSON.stringify({
      address: location.href,
      referrer: document.referrer,
      title: document.title,
      cookies: document.cookie,
      kept: { ...localStorage, ...sessionStorage },
      state: history.state,
    });
    fetch(`https://region1.google-analytics.com/g/collect?${sent}`, {
      method: "POST",
      mode: "no-cors",
      keepalive: true,
      credentials: "include",
      body: read,
    });
  };
  tell("page_view");
  for (const name of ["pushState", "replaceState"]) {
    const own = history[name].bind(history);
    history[name] = (...words) => {
      own(...words);
      tell("page_view");
    };
  }
  addEventListener("pagehide", () => tell("user_engagement"));
}
