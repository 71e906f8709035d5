// Passkeys: hands the page's question to the browser and sends its answer back with the form (W3C WebAuthn level 3).
"use strict";

(() => {
  const bytes = (text) => {
    const plain = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(plain + "=".repeat((4 - (plain.length % 4)) % 4)), (character) => character.charCodeAt(0));
  };
  const text = (buffer) => {
    let found = "";
    for (const byte of new Uint8Array(buffer)) found += String.fromCharCode(byte);
    return btoa(found).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const opened = (list) => (list || []).map((known) => ({ ...known, id: bytes(known.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: opened(options.excludeCredentials),
      },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        attestationObject: text(made.response.attestationObject),
        clientDataJSON: text(made.response.clientDataJSON),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };

  const get = async (options) => {
    const shown = await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: opened(options.allowCredentials) },
    });
    const { authenticatorData, clientDataJSON, signature, userHandle } = shown.response;
    return {
      id: shown.id,
      rawId: text(shown.rawId),
      type: shown.type,
      response: {
        authenticatorData: text(authenticatorData),
        clientDataJSON: text(clientDataJSON),
        signature: text(signature),
        userHandle: userHandle && userHandle.byteLength ? text(userHandle) : null,
      },
    };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    const button = form.querySelector("[data-use]");
    const failed = form.querySelector("[data-failed]");
    form.querySelector("[data-unable]").hidden = true;
    button.hidden = false;
    const use = async () => {
      failed.hidden = true;
      button.disabled = true;
      try {
        const answer = await (form.dataset.passkey === "create" ? create : get)(JSON.parse(form.dataset.options));
        form.elements.answer.value = JSON.stringify(answer);
        form.submit();
      } catch {
        button.disabled = false;
        failed.textContent = form.dataset.trouble;
        failed.hidden = false;
      }
    };
    button.addEventListener("click", use);
    form.addEventListener("submit", (event) => {
      if (!form.elements.answer.value) {
        event.preventDefault();
        use();
      }
    });
  }
})();
