"""The package reference, written from the docstrings without importing the package.

griffe reads the source, so building the site needs no torch. The directive ``dlcv-module`` takes a
module's name and shows its docstring, then each public function and class: what `__all__` names,
or else every name without a leading underscore that the module itself defines.
"""

from logging import WARNING, Handler, getLogger
from pathlib import Path

import griffe
from docutils import nodes
from docutils.statemachine import StringList
from griffe import DocstringSectionKind as Kind
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
FIELDS = {
    Kind.parameters: "Arguments",
    Kind.attributes: "Attributes",
    Kind.returns: "Returns",
    Kind.yields: "Yields",
    Kind.raises: "Raises",
}


def load_module(name: str, folder: Path) -> griffe.Module:
    """Read one module's source; raises `ModuleNotFoundError` or `ImportError`."""
    package = griffe.load(
        name.split(".")[0],
        search_paths=[folder],
        allow_inspection=False,
        docstring_parser=griffe.Parser.google,
    )
    rest = name.split(".")[1:]
    try:
        return package[".".join(rest)] if rest else package
    except KeyError as error:
        raise ModuleNotFoundError(f"no module {name!r} in {folder}") from error


def public_members(module: griffe.Module) -> list[griffe.Object]:
    """What to show, in the order `__all__` or the file gives: functions, classes, and constants
    that `__all__` names."""
    if module.exports is not None:
        names = [str(name) for name in module.exports]
    else:
        names = [n for n, m in module.members.items() if not (n.startswith("_") or m.is_alias)]
    members = [module[name] for name in names if name in module.members]
    targets = [m.final_target if m.is_alias else m for m in members]
    constants = module.exports is not None
    return [m for m in targets if m.is_function or m.is_class or (m.is_attribute and constants)]


def parameter_text(parameter: griffe.Parameter) -> str:
    """`sigma: float = 1.0`, as in the source."""
    stars = {"variadic positional": "*", "variadic keyword": "**"}
    text = stars.get(parameter.kind.value, "") + parameter.name
    if parameter.annotation is not None:
        text += f": {parameter.annotation}"
    has_default = parameter.default is not None and not text.startswith("*")
    equals = " = " if parameter.annotation is not None else "="
    return text + f"{equals}{parameter.default}" if has_default else text


def parameter_texts(function: griffe.Function, is_method: bool) -> list[str]:
    """Every parameter as text, with the `*` that opens the keyword-only ones."""
    texts, keyword_only = [], False
    for position, parameter in enumerate(function.parameters):
        if position == 0 and is_method and parameter.name in ("self", "cls"):
            continue
        kind = parameter.kind.value
        if kind == "keyword-only" and not keyword_only:
            texts.append("*")
        keyword_only = keyword_only or kind in ("keyword-only", "variadic positional")
        texts.append(parameter_text(parameter))
    return texts


def parameter_list(texts: list[str], used: int) -> nodes.inline:
    """The arguments between parentheses: in one line with `used` letters before, or a line each."""
    one_line = f"({', '.join(texts)})"
    is_long = used + len(one_line) > 76
    lines = "(\n" + "".join(f"    {text},\n" for text in texts) + ")"
    return nodes.inline("", lines if is_long else one_line, classes=["sig-parameters"])


class DlcvModule(SphinxDirective):
    """``dlcv-module``: the reference of one module."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        try:
            module = load_module(name, Path(self.env.srcdir) / "code")
        except ImportError as error:
            logger.warning("%s", error, location=self.get_location(), type="reference")
            return []
        self.note_sources(name)
        body = nodes.container(classes=["reference"], ids=[f"module-{name}"])
        self.state.document.note_explicit_target(body)
        body += self.docstring(module)
        for member in public_members(module):
            body += self.describe(member, f"{name}.{member.name}")
        return [body]

    def note_sources(self, name: str) -> None:
        """A change in the package's source re-reads this page."""
        folder = Path(self.env.srcdir, "code", name.split(".")[0])
        for file in folder.rglob("*.py"):
            self.env.note_dependency(str(file))

    def describe(self, member: griffe.Object, path: str, is_method: bool = False) -> addnodes.desc:
        """One function, class or method: signature, docstring, and a class's own methods."""
        objtype = "method" if is_method else member.kind.value
        content = addnodes.desc_content("", *self.docstring(member))
        if member.is_class:
            for method in self.methods(member):
                content += self.describe(method, f"{path}.{method.name}", is_method=True)
        signature = self.signature(member, path, is_method)
        return addnodes.desc(
            "", signature, content, domain="py", objtype=objtype, desctype=objtype, classes=["py"]
        )

    def methods(self, member: griffe.Class) -> list[griffe.Object]:
        """A class's public methods and properties that have a docstring."""
        own = [m for n, m in member.members.items() if not n.startswith("_") and not m.is_alias]
        return [m for m in own if m.docstring and (m.is_function or "property" in m.labels)]

    def signature(self, member, path: str, is_method: bool) -> addnodes.desc_signature:
        prefix, _, name = path.rpartition(".")
        node = addnodes.desc_signature("", "", ids=[path], fullname=path, classes=["sig"])
        if member.is_class:
            node += addnodes.desc_annotation("", "class ")
        node += addnodes.desc_addname("", "" if is_method else prefix + ".")
        node += addnodes.desc_name("", name)
        if member.is_attribute:
            node += self.value(member)
        else:
            texts = parameter_texts(member, is_method or member.is_class)
            if texts or member.is_function:
                node += parameter_list(texts, len(path))
        if member.is_function and member.returns is not None:
            node += addnodes.desc_returns("", str(member.returns))
        self.state.document.note_explicit_target(node)
        self.env.get_domain("py").note_object(path, member.kind.value, path, location=node)
        return node

    def value(self, member: griffe.Attribute) -> nodes.Node:
        """A property's type, or a constant's value where it is short enough to read."""
        if "property" in member.labels:
            return addnodes.desc_annotation("", f": {member.annotation}")
        value = str(member.value)
        return addnodes.desc_annotation("", f" = {value}" if len(value) <= 60 else "")

    def docstring(self, member: griffe.Object) -> list[nodes.Node]:
        if member.docstring is None:
            return []
        shown: list[nodes.Node] = []
        # griffe does not know a named tuple's fields: only functions are held to their arguments.
        options = {"warn_missing_types": False, "warn_unknown_params": member.is_function}
        for section in member.docstring.parse("google", **options):
            if section.kind is Kind.text:
                shown += self.markdown(section.value)
            elif section.kind in FIELDS:
                shown += [nodes.rubric("", FIELDS[section.kind]), self.fields(section)]
            elif section.kind is Kind.examples:
                shown += self.examples(section.value)
            elif section.kind is Kind.admonition:
                title = nodes.paragraph("", "", nodes.strong("", section.title))
                shown += [title, *self.markdown(section.value.description)]
        return shown

    def fields(self, section) -> nodes.definition_list:
        """Arguments, results or errors: a name, its type, and what it is."""
        entries = nodes.definition_list(classes=["fields"])
        for field in section.value:
            term = nodes.term()
            name = getattr(field, "name", "")
            if name:
                term += nodes.literal("", name)
            if field.annotation is not None:
                term += [nodes.Text(" " if name else ""), nodes.emphasis("", str(field.annotation))]
            text = nodes.definition("", *self.markdown(field.description))
            entries += nodes.definition_list_item("", term, text)
        return entries

    def examples(self, parts) -> list[nodes.Node]:
        shown: list[nodes.Node] = [nodes.rubric("", "Examples")]
        for kind, text in parts:
            if kind is Kind.examples:
                shown.append(nodes.literal_block(text, text, language="pycon"))
            else:
                shown += self.markdown(text)
        return shown

    def markdown(self, text: str) -> list[nodes.Node]:
        holder = nodes.container()
        lines = StringList(text.splitlines(), source=self.get_location())
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children


class _ForwardToSphinx(Handler):
    """What griffe finds wrong in a docstring (an argument the function has not) is a warning."""

    def emit(self, record):
        logger.warning("%s", record.getMessage(), type="reference")


def setup(app):
    app.add_directive("dlcv-module", DlcvModule)
    griffe_logger = getLogger("griffe")
    if not any(isinstance(handler, _ForwardToSphinx) for handler in griffe_logger.handlers):
        griffe_logger.addHandler(_ForwardToSphinx(WARNING))
    griffe_logger.propagate = False
