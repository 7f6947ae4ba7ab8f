// The page of the local Slack. Strings from messages only ever become text nodes, never markup.
"use strict";

const POLL_MS = 400;
const EMOJI = {
  rotating_light: "🚨", warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", no_entry: "⛔",
  lock: "🔒", unlock: "🔓", hourglass: "⌛", hourglass_flowing_sand: "⏳", eyes: "👀", link: "🔗", bell: "🔔",
  shield: "🛡️", red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢",
  information_source: "ℹ️", pager: "📟", memo: "📝", bust_in_silhouette: "👤", alarm_clock: "⏰", key: "🔑",
};
// For machines with no emoji font: signs that every text font has.
const PLAIN = {
  rotating_light: "▲", warning: "⚠", white_check_mark: "✔", heavy_check_mark: "✔", x: "✖", no_entry: "✖",
  red_circle: "●", large_orange_circle: "●", large_yellow_circle: "●", large_green_circle: "●", information_source: "ℹ",
};
const inColour = (() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.font = "20px sans-serif";
  pen.fillText("🚨", 0, 20);
  const { data } = pen.getImageData(0, 0, 30, 30);
  return data.some((value, index) => index % 4 < 3 && value > 0);
})();
let state = null;
let me = new URLSearchParams(location.search).get("user");
let here = new URLSearchParams(location.search).get("channel");
const folded = new Set();
const pending = new Set();
const rows = new Map();

const $ = (id) => document.getElementById(id);

function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "on") for (const [name, act] of Object.entries(value)) node.addEventListener(name, act);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// ---- text

const unescaped = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => {
  if (!Object.hasOwn(EMOJI, name)) return all;
  return inColour ? EMOJI[name] : PLAIN[name] || "";
});

const LINK = /^(https?:\/\/|mailto:)/i;

function link(address, label) {
  const shown = unescaped(label);
  if (!LINK.test(address)) return document.createTextNode(shown);
  return make("a", { href: unescaped(address), target: "_blank", rel: "noopener noreferrer" }, shown);
}

function zone() {
  return state.users.find((user) => user.id === me)?.tz || "UTC";
}

function moment(seconds, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: zone(), ...options }).format(new Date(seconds * 1000));
}

function dayName(seconds, pretty, options) {
  const day = (at) => moment(at, { dateStyle: "short" });
  const now = Date.now() / 1000;
  const near = [["today", 0], ["yesterday", -86400], ["tomorrow", 86400]];
  const found = pretty && near.find(([, shift]) => day(now + shift) === day(seconds));
  return found ? found[0] : moment(seconds, options);
}

function ago(seconds) {
  const minutes = Math.round((Date.now() / 1000 - seconds) / 60);
  const count = Math.abs(minutes);
  const words = count < 60 ? `${count} min` : count < 2880 ? `${Math.round(count / 60)} h` : `${Math.round(count / 1440)} days`;
  return minutes >= 0 ? `${words} ago` : `in ${words}`;
}

const DATES = {
  date_num: (at) => moment(at, { year: "numeric", month: "2-digit", day: "2-digit" }).split("/").reverse().join("-"),
  date: (at) => dayName(at, false, { dateStyle: "long" }),
  date_short: (at) => dayName(at, false, { dateStyle: "medium" }),
  date_long: (at) => dayName(at, false, { dateStyle: "full" }),
  date_pretty: (at) => dayName(at, true, { dateStyle: "long" }),
  date_short_pretty: (at) => dayName(at, true, { dateStyle: "medium" }),
  date_long_pretty: (at) => dayName(at, true, { dateStyle: "full" }),
  time: (at) => moment(at, { hour: "2-digit", minute: "2-digit" }),
  time_secs: (at) => moment(at, { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago,
};

function date(body) {
  const [fields, fallback = ""] = body.split(/\|(.*)/s);
  const [, stamp, format = "", address] = fields.split("^");
  const at = Number(stamp);
  if (!/^\d+$/.test(stamp)) return document.createTextNode(unescaped(fallback));
  const shown = format.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(DATES, name) ? DATES[name](at) : all));
  const node = make("time", { datetime: new Date(at * 1000).toISOString(), title: unescaped(fallback) });
  node.append(address ? link(address, shown) : unescaped(shown));
  return node;
}

function mention(text, loud) {
  return make("span", { class: loud ? "mention loud" : "mention" }, text);
}

function angled(body) {
  const [target, label] = body.split(/\|(.*)/s);
  if (target.startsWith("@")) {
    const user = state.users.find((one) => one.id === target.slice(1));
    const app = target.slice(1) === state.app.bot_user ? state.app.name : null;
    return mention(`@${user?.real_name || app || target.slice(1)}`, user?.id === me);
  }
  if (target.startsWith("#")) {
    const channel = state.channels.find((one) => one.id === target.slice(1));
    return mention(`#${channel?.name || label || target.slice(1)}`);
  }
  if (target.startsWith("!date^")) return date(body);
  if (target.startsWith("!subteam^")) {
    const group = state.groups.find((one) => one.id === target.slice(9));
    return mention(`@${group?.handle || label || target.slice(9)}`, group?.users.includes(me));
  }
  if (/^!(here|channel|everyone)/.test(target)) return mention(`@${target.slice(1)}`, true);
  return LINK.test(target) ? link(target, label || target) : document.createTextNode(unescaped(`<${body}>`));
}

const STYLES = [
  [/\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])/y, "strong"],
  [/_(?=\S)([^_\n]*[^_\s])_(?!\w)/y, "em"],
  [/~(?=\S)([^~\n]*[^~\s])~(?![\w~])/y, "s"],
];

function at(pattern, text, from) {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

// One line of mrkdwn as nodes.
function inline(text, verbatim) {
  const out = [];
  let plain = "";
  const flush = () => { if (plain) out.push(document.createTextNode(emoji(unescaped(plain)))); plain = ""; };
  const add = (node, length) => { flush(); out.push(node); return length; };
  for (let i = 0; i < text.length;) {
    const free = i === 0 || !/\w/.test(text[i - 1]);
    let hit;
    if ((hit = at(/`([^`\n]+)`/y, text, i))) i += add(make("code", {}, unescaped(hit[1])), hit[0].length);
    else if ((hit = at(/<([^<>\n]+)>/y, text, i))) i += add(angled(hit[1]), hit[0].length);
    else if (!verbatim && free && (hit = at(/https?:\/\/[^\s<>|"'`]*[^\s<>|"'`.,;:!?)*_~]/y, text, i))) i += add(link(hit[0], hit[0]), hit[0].length);
    else {
      const style = free && STYLES.find(([pattern]) => (hit = at(pattern, text, i)));
      if (style) i += add(make(style[1], {}, ...inline(hit[1], verbatim)), hit[0].length);
      else plain += text[i++];
    }
  }
  flush();
  return out;
}

function lines(text, verbatim) {
  const out = [];
  let quote = null;
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted && !quote) out.push((quote = make("blockquote")));
    if (!quoted && !quote && out.length) out.push(make("br"));
    if (!quoted) quote = null;
    else if (quote.childNodes.length) quote.append(make("br"));
    (quote || { append: (...nodes) => out.push(...nodes) }).append(...inline(quoted ? quoted[1] : line, verbatim));
  }
  return out;
}

function mrkdwn(text, verbatim = false) {
  return text.split(/```([\s\S]+?)```/).flatMap((part, index) =>
    index % 2 ? [make("pre", {}, unescaped(part.replace(/^\n|\n$/g, "")))] : part ? lines(part, verbatim) : []);
}

function plain(text) {
  return emoji(text).split("\n").flatMap((line, index) => (index ? [make("br"), line] : [line]));
}

function words(object) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, object.verbatim) : plain(object.text);
}

// ---- blocks

const BLOCKS = {
  header: (block) => make("h3", { class: "header" }, ...words(block.text)),
  divider: () => make("hr"),
  section: (block, where) => make("div", { class: "section" },
    make("div", { class: "grow" },
      block.text ? make("div", { class: "text" }, ...words(block.text)) : null,
      block.fields ? make("div", { class: "fields" }, ...block.fields.map((one) => make("div", {}, ...words(one)))) : null),
    block.accessory ? element(block.accessory, where) : null),
  context: (block) => make("div", { class: "context" },
    ...block.elements.map((one) => (one.type === "image" ? picture(one, "small") : make("span", {}, ...words(one))))),
  actions: (block, where) => make("div", { class: "actions" }, ...block.elements.map((one) => element(one, where))),
  image: (block) => make("figure", {}, block.title ? make("figcaption", {}, ...words(block.title)) : null, picture(block, "large")),
};

function picture(image, size) {
  const local = /^http:\/\/127\.0\.0\.1:/.test(image.image_url);
  if (local) return make("img", { src: image.image_url, alt: image.alt_text, class: size });
  return make("span", { class: "picture" }, `Picture: ${image.alt_text}`);
}

function element(item, where) {
  if (item.type === "image") return picture(item, "small");
  return item.type === "button" ? button(item, where) : select(item, where);
}

function button(item, where) {
  const key = `${where.ts}/${item.action_id}`;
  const busy = pending.has(key);
  const node = make("button", {
    type: "button", class: `action ${item.style || ""} ${busy ? "busy" : ""}`, id: `action-${where.ts}-${item.action_id}`,
    "data-action-id": item.action_id, "data-ts": where.ts, "data-item": JSON.stringify(item), "aria-label": item.accessibility_label, disabled: busy,
    on: { click: () => press(item, where, key) },
  }, ...plain(item.text.text));
  return make("span", { class: "control" }, node, unanswered(item, where));
}

function unanswered(item, where) {
  const mine = (one) => one.ts === where.ts && one.action_id === item.action_id && one.user === me;
  if (!state.warnings.some(mine)) return null;
  return make("span", { class: "unanswered", role: "alert", "data-warning": item.action_id }, "⚠ This app is not responding");
}

function select(item, where) {
  const options = item.options.map((one) => make("option", { value: one.value }, ...plain(one.text.text)));
  const first = make("option", { value: "" }, item.placeholder ? item.placeholder.text : "Choose…");
  const pick = (event) => { if (event.target.value) send(item, where, `${where.ts}/${item.action_id}`, event.target.value); };
  return make("span", { class: "control" },
    make("select", { "data-action-id": item.action_id, on: { change: pick } }, first, ...options), unanswered(item, where));
}

async function press(item, where, key) {
  if (item.url && /^https?:\/\//.test(item.url)) window.open(item.url, "_blank", "noopener,noreferrer");
  if (item.confirm && !(await confirmed(item.confirm))) return;
  await send(item, where, key);
}

function confirmed(confirm) {
  $("confirm-title").replaceChildren(...words(confirm.title));
  $("confirm-text").replaceChildren(...words(confirm.text));
  $("confirm-deny").replaceChildren(...words(confirm.deny));
  $("confirm-accept").replaceChildren(...words(confirm.confirm));
  $("confirm-accept").className = confirm.style || "primary";
  const dialog = $("confirm");
  dialog.showModal();
  return new Promise((resolve) => {
    // Not by `close`: that event comes late, and the one of an earlier dialog would answer this one.
    const answer = (yes) => () => { dialog.close(); resolve(yes); };
    $("confirm-accept").onclick = answer(true);
    $("confirm-deny").onclick = answer(false);
    dialog.oncancel = () => resolve(false);
  });
}

async function send(item, where, key, choice) {
  pending.add(key);
  draw();
  try {
    await post("click", { channel: where.channel, ts: where.ts, action_id: item.action_id, user: me, choice });
  } finally {
    pending.delete(key);
    await look();
    draw();
  }
}

async function post(what, body) {
  const answer = await fetch(`standin/${what}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  return answer.json();
}

// ---- messages

function body(message, where) {
  const content = message.blocks?.length
    ? message.blocks.map((block) => BLOCKS[block.type](block, where))
    : [make("div", { class: "section text" }, ...mrkdwn(message.text))];
  return make("div", { class: "blocks" }, ...content);
}

function byline(message, edited) {
  const stamp = make("time", { class: "when" }, moment(Number(message.ts), { hour: "2-digit", minute: "2-digit" }));
  return make("div", { class: "byline" }, make("b", {}, state.app.name), make("span", { class: "badge" }, "APP"), stamp,
    edited ? make("span", { class: "edited" }, "(edited)") : null);
}

function avatar() {
  return make("div", { class: "avatar", "aria-hidden": "true" }, state.app.name.slice(0, 1).toUpperCase());
}

function whisper(shown) {
  return make("div", { class: "message ephemeral", "data-ts": shown.ts, "data-ephemeral": shown.user },
    avatar(), make("div", { class: "grow" }, make("p", { class: "only" }, "Only visible to you"), byline(shown), body(shown, shown)));
}

function thread(message) {
  const replies = state.messages.filter((one) => one.thread_ts === message.ts && one.channel === message.channel && one.ts !== message.ts);
  const whispers = state.ephemerals.filter((one) => one.thread_ts === message.ts && one.user === me);
  if (!replies.length && !whispers.length) return null;
  const open = !folded.has(message.ts);
  const toggle = () => { (open ? folded.add(message.ts) : folded.delete(message.ts)); draw(); };
  const label = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  const shown = [...replies.map((one) => [one.ts, () => row(one)]), ...whispers.map((one) => [one.ts, () => whisper(one)])];
  return make("div", { class: "thread" },
    make("button", { type: "button", class: "fold", "aria-expanded": String(open), on: { click: toggle } }, `${open ? "▾" : "▸"} ${label}`),
    open ? make("div", { class: "replies" }, ...shown.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, draws]) => draws())) : null);
}

function file(one) {
  return make("figure", {}, make("figcaption", {}, one.title), make("img", { src: one.local, alt: one.alt_txt, class: "large" }));
}

function row(message) {
  return make("div", { class: "message", "data-ts": message.ts },
    avatar(), make("div", { class: "grow" }, byline(message, message.edited), body(message, message), ...(message.files || []).map(file)));
}

function timeline() {
  const messages = state.messages.filter((one) => one.channel === here && (!one.thread_ts || one.thread_ts === one.ts || one.broadcast));
  const whispers = state.ephemerals.filter((one) => one.channel === here && one.user === me && !one.thread_ts);
  const all = [
    ...messages.map((one) => ({ ts: one.ts, draw: () => [row(one), thread(one)] })),
    ...whispers.map((one) => ({ ts: one.ts, draw: () => [whisper(one)] })),
  ];
  return all.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

// A row is put in place of the old one only where it differs, so that focus and selection stay.
function drawMessages() {
  const list = $("messages");
  const low = window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
  const before = rows.size;
  const entries = timeline();
  for (const [ts, old] of rows) if (!entries.some((one) => one.ts === ts)) { old.remove(); rows.delete(ts); }
  entries.forEach((entry, index) => {
    const fresh = make("li", {}, ...entry.draw().filter(Boolean));
    const old = rows.get(entry.ts);
    if (old && old.isEqualNode(fresh)) return;
    if (old) keepFocus(old, fresh);
    else list.insertBefore(fresh, list.children[index] || null);
    rows.set(entry.ts, fresh);
  });
  $("messages").classList.toggle("empty", entries.length === 0);
  const newest = list.lastElementChild;
  if (newest && (before === 0 || (low && rows.size > before))) newest.scrollIntoView({ block: "start" });
}

function keepFocus(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  old.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
}

// ---- around the messages

function go(channel) {
  here = channel;
  rows.clear();
  $("messages").replaceChildren();
  draw();
}

function drawAround() {
  const seen = state.channels.filter((one) => !one.user || one.user === me);
  if (!seen.some((one) => one.id === here)) here = seen[0]?.id;
  const channel = state.channels.find((one) => one.id === here);
  const name = (one) => (one.user ? `${state.app.name} (direct)` : `# ${one.name}`);
  document.title = `${channel ? name(channel) : ""} · ${state.app.team_name}`;
  $("team").textContent = state.app.team_name;
  $("channel").textContent = channel ? name(channel) : "";
  $("topic").textContent = channel?.topic || "";
  $("link").textContent = state.connections ? `${state.app.name} is connected` : `${state.app.name} is not connected`;
  $("link").className = state.connections ? "up" : "down";
  $("channels").replaceChildren(...seen.map((one) => make("li", {},
    make("button", { type: "button", "data-channel": one.id, "aria-current": one.id === here ? "page" : null, on: { click: () => go(one.id) } }, name(one)))));
}

function drawWho() {
  const select = $("user");
  if (select.options.length === state.users.length) return;
  if (!state.users.some((one) => one.id === me)) me = state.users[0]?.id;
  select.replaceChildren(...state.users.map((one) => make("option", { value: one.id, selected: one.id === me }, one.real_name)));
  select.onchange = () => { me = select.value; go(here); };
}

// ---- modals

function field(block) {
  const item = block.element;
  const marks = { "data-block-id": block.block_id, "data-action-id": item.action_id, id: `input-${block.block_id}`, autofocus: item.focus_on_load };
  const lengths = { minlength: item.min_length, maxlength: item.max_length, placeholder: item.placeholder?.text };
  let input;
  if (item.type === "static_select") {
    const options = item.options.map((one) => make("option", { value: one.value, selected: item.initial_option?.value === one.value }, ...plain(one.text.text)));
    input = make("select", marks, ...(item.initial_option ? [] : [make("option", { value: "" }, item.placeholder?.text || "Choose…")]), ...options);
  } else {
    input = make(item.multiline ? "textarea" : "input", { ...marks, ...lengths, rows: item.multiline ? 4 : null });
    input.value = item.initial_value || "";
  }
  return make("div", { class: "field" },
    make("label", { for: `input-${block.block_id}` }, ...words(block.label), block.optional ? make("small", {}, " (optional)") : null),
    input, block.hint ? make("p", { class: "hint" }, ...words(block.hint)) : null,
    make("p", { class: "error", role: "alert", "data-error": block.block_id }));
}

function fill(dialog, view) {
  const parts = view.blocks.map((block) => (block.type === "input" ? field(block) : BLOCKS[block.type](block, { ts: view.id, channel: here })));
  const close = make("button", { type: "button", id: "modal-close", on: { click: () => post("dismiss", { view_id: view.id }).then(look) } }, view.close?.text || "Cancel");
  const submit = view.submit ? make("button", { type: "submit", id: "modal-submit", class: "primary" }, ...plain(view.submit.text)) : null;
  const form = make("form", { novalidate: true, on: { submit: (event) => { event.preventDefault(); sendView(view, form); } } },
    make("h3", { id: "modal-title" }, ...plain(view.title.text)), ...parts,
    make("p", { class: "error", id: "modal-error", role: "alert" }), make("footer", {}, close, submit));
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); close.click(); };
}

async function sendView(view, form) {
  const values = {};
  for (const input of form.querySelectorAll("[data-block-id]")) values[input.dataset.blockId] = { [input.dataset.actionId]: input.value };
  form.querySelector("#modal-submit").disabled = true;
  const result = await post("submit", { view_id: view.id, values });
  form.querySelector("#modal-submit").disabled = false;
  for (const node of form.querySelectorAll("[data-error]")) node.textContent = result.errors?.[node.dataset.error] || "";
  $("modal-error").textContent = result.acknowledged ? "" : "⚠ We had some trouble connecting. Try again?";
  await look();
}

function drawModal() {
  const dialog = $("modal");
  const view = state.views.filter((one) => one.user === me).pop();
  if (!view) { if (dialog.open) dialog.close(); dialog.dataset.view = ""; return; }
  const shown = `${view.id}/${view.hash}`;
  if (dialog.dataset.view === shown) return;
  dialog.dataset.view = shown;
  fill(dialog, view);
  if (!dialog.open) dialog.showModal();
}

// ---- live

function draw() {
  if (!state) return;
  drawWho();
  drawAround();
  drawMessages();
  drawModal();
}

async function look() {
  const answer = await fetch(`standin/state?after=${state ? state.version : ""}`);
  if (answer.status !== 200) return;
  state = await answer.json();
  draw();
}

async function follow() {
  try {
    await look();
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
  setTimeout(follow, POLL_MS);
}

follow();
