// The editor of a cell: CodeMirror, as far as Python needs it. A script of its own: it comes when somebody edits.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { pythonLanguage } from "@codemirror/lang-python";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(value, change) {
    const asked = change.effects.find((effect) => effect.is(mark));
    if (asked) return asked.value === null ? Decoration.none : Decoration.set([Decoration.line({ class: asked.value.look }).range(asked.value.there)]);
    return change.docChanged ? Decoration.none : value; // what was said of the line is no longer so
  },
  provide: (field) => EditorView.decorations.from(field),
});

globalThis.keventEditor = (parent, text, label, { run, changed }) => {
  const commands = [{ key: "Mod-Enter", run: () => (run(), true) }, { key: "Shift-Enter", run: () => (run(), true) }];
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of(commands), history(), drawSelection(), lineNumbers(), bracketMatching(), indentUnit.of("    "), pythonLanguage,
        syntaxHighlighting(classHighlighter), marked, keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
      ],
    }),
  });
  return {
    get text() { return view.state.doc.toString(); },
    set text(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    focus: () => view.focus(),
    end: () => view.destroy(),
    blame(line, look = "live-guilty") {
      const there = line && line <= view.state.doc.lines ? view.state.doc.line(line).from : null;
      view.dispatch({ effects: [mark.of(there === null ? null : { there, look })] });
    },
  };
};
