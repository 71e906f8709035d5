// What is written about a demand is kept in this tab until it was sent and taken: a passkey may be asked for in between.
const place = document.querySelector("[data-drafts]").dataset.drafts;
const written = [...document.querySelectorAll("main textarea[name]")];
const kept = (field) => `written ${place} ${field.name}`;
for (const field of written) {
  if (!field.value) field.value = sessionStorage.getItem(kept(field)) || "";
  field.addEventListener("input", () => {
    if (field.value.trim()) sessionStorage.setItem(kept(field), field.value);
    else sessionStorage.removeItem(kept(field));
  });
}
// What was taken has no field any more on the page of the case.
const still = new Set(written.map(kept));
const mayPropose = document.querySelector('main a[href$="/propose/"]');
for (const key of Object.keys(sessionStorage)) {
  const isOfTheCase = key.startsWith(`written ${place} `) && !still.has(key);
  const isOfTheProposal = key.startsWith(`written ${place}/propose `) && !place.endsWith("/propose") && !mayPropose;
  if (isOfTheCase || isOfTheProposal) sessionStorage.removeItem(key);
}
