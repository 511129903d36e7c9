/** Styles of controls: buttons, menus, inputs, the composer, modals and dialogs. */
export const CONTROL_STYLE = `
.actions { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.actions button, .accessory button, .modal footer button, dialog button {
  font: inherit; font-size: 13px; font-weight: 700; line-height: 1; min-height: 28px; padding: 0 12px; border: 1px solid color-mix(in srgb, var(--text) 30%, transparent);
  border-radius: 6px; background: var(--bg); color: var(--text); cursor: pointer; max-width: 320px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.modal footer button, dialog button { min-height: 36px; font-size: 15px; padding: 0 14px; }
button:hover { background: var(--hover); }
button:focus-visible, select:focus-visible, input:focus-visible, textarea:focus-visible, summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
.actions button.primary, .accessory button.primary, .modal footer button.primary, dialog button.primary { background: var(--primary); border-color: var(--primary); color: #fff; }
.actions button.danger, .accessory button.danger { color: var(--danger); border-color: var(--danger); }
dialog button.danger { background: var(--danger); border-color: var(--danger); color: #fff; }
.busy { opacity: .5; pointer-events: none; }
.select select { appearance: none; font: inherit; font-size: 13px; font-weight: 700; height: 28px; padding: 0 28px 0 12px; max-width: 260px; border: 1px solid color-mix(in srgb, var(--text) 30%, transparent); border-radius: 6px; background: var(--bg); color: var(--text); cursor: pointer; }
.select select[multiple] { height: auto; padding: 4px; font-weight: 400; min-width: 220px; }
.select { position: relative; display: inline-block; }
.select:not(:has([multiple]))::after { content: '⌄'; position: absolute; right: 10px; top: 1px; pointer-events: none; color: var(--soft); }
.overflow { position: relative; }
.overflow summary { list-style: none; cursor: pointer; border: 1px solid color-mix(in srgb, var(--text) 30%, transparent); border-radius: 6px; width: 32px; height: 28px; line-height: 26px; text-align: center; font-weight: 900; }
.overflow menu { position: absolute; z-index: 4; right: 0; top: 30px; margin: 0; padding: 8px 0; min-width: 200px; border: 1px solid var(--line); border-radius: 8px; background: var(--bg); box-shadow: var(--shadow); display: grid; }
.actions .overflow menu { right: auto; left: 0; }
.overflow menu button { border: 0; border-radius: 0; background: none; text-align: left; font-weight: 400; font-size: 14px; padding: 4px 16px; min-height: 30px; }
.overflow menu button:hover { background: var(--link); color: #fff; }
.input { border: 0; margin: 8px 0 0; padding: 0; display: grid; gap: 6px; }
.input legend { font-weight: 700; padding: 0 0 6px; } .input legend small { font-weight: 400; color: var(--soft); }
.input input:not([type=checkbox], [type=radio]), .input textarea, .input select { font: inherit; width: 100%; max-width: none; padding: 8px 12px; border: 1px solid color-mix(in srgb, var(--text) 35%, transparent); border-radius: 6px; background: var(--bg); color: var(--text); }
.input .select { display: block; } .input .select::after { top: 7px !important; } .input select { height: 40px; }
.input .hint { color: var(--soft); } .input .problem { color: var(--error); font-weight: 600; }
.input.wrong input, .input.wrong textarea, .input.wrong select { border-color: var(--error); }
.boxes { display: grid; gap: 4px; } .box { display: flex; gap: 8px; align-items: flex-start; } .box small { display: block; color: var(--soft); }
.composer { position: relative; padding: 0 20px 20px; }
.panel .composer { padding-inline: 16px; }
.composer .line { display: flex; border: 1px solid color-mix(in srgb, var(--text) 30%, transparent); border-radius: 8px; background: var(--bg); }
.composer .line:focus-within { border-color: var(--soft); box-shadow: 0 1px 4px rgb(0 0 0 / .12); }
.composer input { flex: 1; min-width: 0; font: inherit; border: 0; background: none; color: inherit; padding: 11px 12px; outline: 0; }
.composer .send { border: 0; margin: 5px; width: 34px; border-radius: 6px; background: none; color: var(--faint); font-size: 15px; cursor: pointer; }
.composer input:not(:placeholder-shown) + .send { background: var(--primary); color: #fff; }
.suggestions { position: absolute; bottom: calc(100% + 6px); left: 20px; right: 20px; margin: 0; padding: 6px 0; list-style: none; border: 1px solid var(--line); border-radius: 8px; background: var(--bg); box-shadow: var(--shadow); z-index: 2; }
.suggestions li { display: flex; gap: 12px; padding: 5px 16px; cursor: pointer; }
.suggestions li span { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.suggestions li:hover, .suggestions li[aria-selected=true] { background: var(--link); color: #fff; }
.suggestions li:hover span, .suggestions li[aria-selected=true] span { color: inherit; }
.toasts { position: absolute; bottom: 84px; left: 50%; translate: -50% 0; display: grid; gap: 6px; z-index: 5; width: max-content; max-width: 90%; }
.toasts p { background: var(--text); color: var(--bg); padding: 8px 14px; border-radius: 8px; font-size: 14px; box-shadow: var(--shadow); }
.veil { position: fixed; inset: 0; background: rgb(0 0 0 / .5); display: grid; place-items: center; z-index: 10; padding: 24px; }
.veil .piece { width: min(560px, 100%); max-height: 100%; display: flex; }
.modal { outline: none; width: 100%; max-height: calc(100vh - 64px); display: flex; flex-direction: column; background: var(--bg); border-radius: 12px; box-shadow: var(--shadow); }
.modal > header { display: flex; align-items: center; gap: 12px; padding: 18px 20px 14px; }
.modal > header h2 { flex: 1; font-size: 22px; font-weight: 900; line-height: 1.2; }
.modal .content { overflow-y: auto; padding: 4px 24px 20px; }
.modal > footer { display: flex; justify-content: flex-end; gap: 12px; padding: 16px 20px; border-top: 1px solid var(--line); }
.dismiss { border: 0; background: none; color: var(--soft); font-size: 16px; width: 36px; height: 36px; border-radius: 6px; cursor: pointer; }
dialog { border: 0; border-radius: 12px; padding: 20px 24px; background: var(--bg); color: var(--text); box-shadow: var(--shadow); width: min(440px, 90vw); }
dialog::backdrop { background: rgb(0 0 0 / .5); } dialog h2 { font-size: 20px; margin-bottom: 8px; } dialog p { white-space: pre-wrap; }
dialog footer { display: flex; justify-content: flex-end; gap: 12px; margin-top: 20px; }
`;
