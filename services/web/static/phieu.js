// Makes the pages nicer where scripts run; everything essential works without this file.
"use strict";

(() => {
  const store = {
    name: (of) => `phieu:${of}`,
    get: (of) => { try { return JSON.parse(sessionStorage.getItem(store.name(of))); } catch { return null; } },
    put: (of, value) => { try { sessionStorage.setItem(store.name(of), JSON.stringify(value)); } catch { /* full or forbidden */ } },
    drop: (prefix) => {
      try {
        Object.keys(sessionStorage).filter((key) => key.startsWith(store.name(prefix))).forEach((key) => sessionStorage.removeItem(key));
      } catch { /* forbidden: nothing was kept */ }
    },
  };

  for (const accepted of document.querySelectorAll("[data-sent]")) store.drop(accepted.dataset.sent);

  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    const plain = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = plain; }, 2500);
    });
  }

  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const keep = form.dataset.keep;
  const typed = [...form.querySelectorAll("[name^='field.']")];
  const file = form.querySelector("input[type=file]");
  const send = form.querySelector("button[type=submit]");
  const { key, sent } = form.elements;
  const anyway = form.elements.anyway;
  const summary = document.getElementById("summary");

  const values = () => Object.fromEntries(
    typed.filter((one) => one.value.trim()).map((one) => [one.name.slice("field.".length), one.value]));
  const attempts = () => { try { return JSON.parse(sent.value || "[]"); } catch { return []; } };
  const save = () => store.put(keep, { values: values(), key: key.value, sent: sent.value });

  const restored = form.querySelector(".restored");
  const kept = form.dataset.fresh === "yes" ? store.get(keep) : null;
  if (kept && Object.keys(kept.values).length) {
    for (const one of typed) one.value = kept.values[one.name.slice("field.".length)] ?? one.value;
    key.value = kept.key;
    sent.value = kept.sent;
    restored.hidden = false;
  } else if (form.dataset.fresh === "no") save();
  form.querySelector("[data-drop]").addEventListener("click", () => {
    store.drop(keep);
    location.reload();
  });
  form.addEventListener("input", save);

  const mark = (input, text) => {
    const fault = document.getElementById(`${input.id}-fault`);
    fault.querySelector(".text").textContent = text;
    fault.hidden = !text;
    fault.closest(".field").classList.toggle("wrong", Boolean(text));
    if (text) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid");
    return text;
  };

  const wrongFile = () => {
    const chosen = file && file.files[0];
    if (!chosen) return "";
    const extension = (/\.[^.]*$/.exec(chosen.name) || [""])[0].toLowerCase();
    if (!file.accept.split(",").includes(extension)) return file.dataset.wrongType.replace("{name}", chosen.name);
    if (chosen.size >= Number(file.dataset.max)) return file.dataset.tooLarge.replace("{name}", chosen.name);
    return "";
  };

  if (file) {
    const clear = form.querySelector("[data-clear]");
    file.addEventListener("change", () => {
      clear.hidden = !file.files.length;
      mark(file, wrongFile());
    });
    clear.addEventListener("click", () => {
      file.value = "";
      file.dispatchEvent(new Event("change"));
      file.focus();
    });
  }

  const show = (kind, title, text, faults) => {
    summary.className = `notice ${kind}`;
    summary.querySelector("h2").textContent = title;
    summary.querySelector("p").textContent = text;
    const list = summary.querySelector("ul");
    list.hidden = !faults.length;
    list.replaceChildren(...faults.map(([input, words]) => {
      const link = document.createElement("a");
      link.href = `#${input.id}`;
      link.textContent = words;
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    summary.hidden = false;
    summary.focus();
  };

  const label = (input) => form.querySelector(`label[for="${input.id}"] .label`).textContent;
  const faults = () => {
    const missing = typed.filter((one) => one.required).map((one) =>
      [one, mark(one, one.value.trim() ? "" : form.dataset.fill.replace("{label}", label(one)))]);
    return [...missing, ...(file ? [[file, mark(file, wrongFile())]] : [])].filter(([, text]) => text);
  };
  const warning = () => {
    const empty = anyway && anyway.value !== "1" && typed.find((one) => one.dataset.warn && !one.value.trim());
    if (!empty) return false;
    anyway.value = "1";
    send.textContent = send.dataset.anyway;
    empty.addEventListener("input", () => { send.textContent = send.dataset.plain; }, { once: true });
    show("warning", empty.dataset.warnTitle, empty.dataset.warnText, [[empty, empty.dataset.warn]]);
    return true;
  };

  let sending = false;
  const plain = send.textContent;
  form.addEventListener("submit", (event) => {
    const wrong = sending ? [] : faults();
    if (wrong.length) show("error", form.dataset.errors.replace("{count}", wrong.length), form.dataset.kept, wrong);
    if (sending || wrong.length || warning()) {
      event.preventDefault();
      return;
    }
    const attempt = { values: values(), file: Boolean(file && file.files.length) };
    const others = attempts().filter((one) => JSON.stringify(one) !== JSON.stringify(attempt));
    sent.value = JSON.stringify([...others, attempt].slice(-3));
    save();
    sending = true;
    send.setAttribute("aria-disabled", "true");
    send.textContent = send.dataset.sending;
  });
  window.addEventListener("pageshow", () => {
    sending = false;
    send.removeAttribute("aria-disabled");
    if (send.textContent === send.dataset.sending) send.textContent = plain;
  });
})();
