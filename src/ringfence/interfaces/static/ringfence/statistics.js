// Says what Google Analytics may learn of this visit. It is on a page only after the visitor has said yes to being
// counted, and only where the address holds nothing but the name of the page; advertising is off for good. Which page
// one came from, with what was searched for there, is hidden from it.
"use strict";
{
  const { measurement, place, days } = document.currentScript.dataset;
  Object.defineProperty(Document.prototype, "referrer", { get: () => "" });
  window.dataLayer = window.dataLayer || [];
  window.gtag = function () {
    window.dataLayer.push(arguments);
  };
  window.gtag("consent", "default", {
    ad_storage: "denied",
    ad_user_data: "denied",
    ad_personalization: "denied",
    functionality_storage: "denied",
    personalization_storage: "denied",
    analytics_storage: "granted",
  });
  window.gtag("js", new Date());
  window.gtag("config", measurement, {
    allow_google_signals: false,
    allow_ad_personalization_signals: false,
    cookie_domain: "none",
    cookie_expires: Number(days) * 24 * 60 * 60,
    cookie_update: false,
    cookie_flags: location.protocol === "https:" ? "SameSite=Lax;Secure" : "SameSite=Lax",
    page_location: location.origin + place,
    page_referrer: location.origin + "/",
    page_title: place,
  });
}
