// The admin's form of a periodic task: says in words when the chosen crontab runs.

const { crontabs, choice, help } = {
  crontabs: JSON.parse(document.getElementById("readable-crontabs").textContent),
  choice: document.getElementById("id_crontab"),
  help: document.querySelector(".field-crontab .help > div, .field-crontab .help"),
};

function translate() {
  document.querySelector(".field-crontab [data-part=when]")?.remove();
  const words = crontabs[choice.value];
  if (!words) return;
  const line = document.createElement("div");
  line.dataset.part = "when";
  line.textContent = `In words: ${words}`;
  help.append(line);
}

document.querySelector(".field-crontab_translation")?.setAttribute("hidden", "");
if (choice && help) {
  choice.addEventListener("change", translate);
  translate();
}
