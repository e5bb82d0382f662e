//! The government's interfaces as developers read of them: what their WIT files say, so that documentation and contract
//! are one text.

use std::sync::LazyLock;

use wit_parser::{Docs, Function, Resolve, SourceMap, Type, TypeDefKind};

/// The files, in the order of the list.
const FILES: &[(&str, &str)] = &[
    ("identity.wit", include_str!("../../wit/identity.wit")),
    ("consent.wit", include_str!("../../wit/consent.wit")),
    ("payments.wit", include_str!("../../wit/payments.wit")),
    ("open-data.wit", include_str!("../../wit/open-data.wit")),
    ("notifications.wit", include_str!("../../wit/notifications.wit")),
    ("signature.wit", include_str!("../../wit/signature.wit")),
    ("exchange.wit", include_str!("../../wit/exchange.wit")),
    ("documents.wit", include_str!("../../wit/documents.wit")),
    ("life-events.wit", include_str!("../../wit/life-events.wit")),
    ("types.wit", include_str!("../../wit/types.wit")),
];
/// What stands before the errors of an operation.
const ERRORS: &str = "Errors:";

/// One interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    pub about: About,
    pub operations: Vec<Operation>,
    pub types: Vec<Named>,
}

/// What is said of something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub paragraphs: Vec<Prose>,
    /// Each error with what triggers it.
    pub errors: Vec<Prose>,
}

/// A text, in which some parts are code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prose(pub Vec<(bool, String)>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    pub name: String,
    /// As the WIT has it: `func(id: string) -> result<payment, gov-error>`.
    pub signature: String,
    pub about: About,
}

/// A type of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    /// `record`, `enum`, `variant`, or the type that it is another name of.
    pub kind: String,
    pub about: About,
    pub members: Vec<Member>,
}

/// A field of a record, or a case of a variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub kind: Option<String>,
    pub about: About,
}

/// All interfaces, in the order of the list.
pub fn all() -> &'static [Interface] {
    static ALL: LazyLock<Vec<Interface>> = LazyLock::new(|| match read() {
        Ok(all) => all,
        Err(error) => {
            tracing::error!(error = %error, "interfaces.wit cannot be read");
            Vec::new()
        }
    });
    &ALL
}

/// The interface of this name.
pub fn find(name: &str) -> Option<&'static Interface> {
    all().iter().find(|interface| interface.name == name)
}

/// The path, after the language, of what is said of an operation.
pub fn documentation(interface: &str, operation: &str) -> Option<String> {
    let found = find(interface)?;
    let mut operations = found.operations.iter();
    operations
        .any(|one| one.name == operation)
        .then(|| format!("/interfaces/{interface}#{operation}"))
}

fn read() -> Result<Vec<Interface>, String> {
    let mut map = SourceMap::default();
    for (name, text) in FILES {
        map.push_str(name, *text);
    }
    let group = map.parse().map_err(|(_, error)| error.to_string())?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group).map_err(|error| error.to_string())?;
    let package = resolve.packages.get(package).ok_or("the package is missing")?;
    let mut found = Vec::new();
    // `life-events.wit` has two interfaces, of which the second belongs to the first.
    for (name, id) in &package.interfaces {
        let Some(interface) = resolve.interfaces.get(*id) else {
            continue;
        };
        let types = interface.types.iter().filter_map(|(name, id)| {
            let definition = resolve.types.get(*id)?;
            // What is only used here is documented where it is defined.
            let is_used = match &definition.kind {
                TypeDefKind::Type(Type::Id(other)) => {
                    let other = resolve.types.get(*other);
                    other.is_some_and(|other| other.owner != definition.owner)
                }
                _ => false,
            };
            (!is_used).then(|| named(&resolve, name, definition))
        });
        found.push(Interface {
            name: name.clone(),
            about: about(&interface.docs),
            operations: interface
                .functions
                .values()
                .map(|function| operation(&resolve, function))
                .collect(),
            types: types.collect(),
        });
    }
    let place = |interface: &Interface| {
        let file = format!("{}.wit", interface.name);
        FILES
            .iter()
            .position(|(name, _)| *name == file)
            .unwrap_or(FILES.len())
    };
    found.sort_by_key(place);
    Ok(found)
}

fn operation(resolve: &Resolve, function: &Function) -> Operation {
    let parameters = function.params.iter().filter(|one| one.name != "self");
    let parameters = parameters.map(|one| format!("{}: {}", one.name, text(resolve, &one.ty)));
    let parameters: Vec<_> = parameters.collect();
    let result = function.result.as_ref();
    let result = result.map_or_else(String::new, |result| format!(" -> {}", text(resolve, result)));
    Operation {
        // A method is `[method]principal.claims`.
        name: function.name.rsplit('.').next().unwrap_or_default().to_owned(),
        signature: format!("func({}){result}", parameters.join(", ")),
        about: about(&function.docs),
    }
}

fn named(resolve: &Resolve, name: &str, definition: &wit_parser::TypeDef) -> Named {
    let member = |name: &String, ty: Option<&Type>, docs: &Docs| Member {
        name: name.clone(),
        kind: ty.map(|ty| text(resolve, ty)),
        about: about(docs),
    };
    let (kind, members) = match &definition.kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter();
            let fields = fields.map(|field| member(&field.name, Some(&field.ty), &field.docs));
            ("record".to_owned(), fields.collect())
        }
        TypeDefKind::Variant(variant) => {
            let cases = variant.cases.iter();
            let cases = cases.map(|case| member(&case.name, case.ty.as_ref(), &case.docs));
            ("variant".to_owned(), cases.collect())
        }
        TypeDefKind::Enum(cases) => {
            let cases = cases.cases.iter();
            let cases = cases.map(|case| member(&case.name, None, &case.docs));
            ("enum".to_owned(), cases.collect())
        }
        kind => (kind_text(resolve, kind), Vec::new()),
    };
    Named {
        name: name.to_owned(),
        kind,
        about: about(&definition.docs),
        members,
    }
}

/// A type as the WIT has it.
fn text(resolve: &Resolve, ty: &Type) -> String {
    let id = match ty {
        Type::Id(id) => *id,
        Type::Bool => return "bool".to_owned(),
        Type::Char => return "char".to_owned(),
        Type::String => return "string".to_owned(),
        Type::F32 => return "f32".to_owned(),
        Type::F64 => return "f64".to_owned(),
        Type::U8 => return "u8".to_owned(),
        Type::U16 => return "u16".to_owned(),
        Type::U32 => return "u32".to_owned(),
        Type::U64 => return "u64".to_owned(),
        Type::S8 => return "s8".to_owned(),
        Type::S16 => return "s16".to_owned(),
        Type::S32 => return "s32".to_owned(),
        Type::S64 => return "s64".to_owned(),
        Type::ErrorContext => return "error-context".to_owned(),
    };
    let Some(definition) = resolve.types.get(id) else {
        return String::new();
    };
    match &definition.name {
        Some(name) => name.clone(),
        None => kind_text(resolve, &definition.kind),
    }
}

fn kind_text(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let part = |ty: &Option<Type>| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| text(resolve, ty));
    match kind {
        TypeDefKind::Option(inner) => format!("option<{}>", text(resolve, inner)),
        TypeDefKind::List(inner) => format!("list<{}>", text(resolve, inner)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", part(&result.ok), part(&result.err)),
        TypeDefKind::Tuple(tuple) => {
            let parts: Vec<_> = tuple.types.iter().map(|ty| text(resolve, ty)).collect();
            format!("tuple<{}>", parts.join(", "))
        }
        TypeDefKind::Type(inner) => text(resolve, inner),
        other => other.as_str().to_owned(),
    }
}

fn about(docs: &Docs) -> About {
    let mut found = About::default();
    let contents = docs.contents.as_deref().unwrap_or_default();
    for paragraph in contents.split("\n\n") {
        let words: Vec<_> = paragraph.split_whitespace().collect();
        let line = words.join(" ");
        let (said, errors) = line.split_once(ERRORS).unwrap_or((&line, ""));
        if !said.is_empty() {
            found.paragraphs.push(prose(said.trim_end()));
        }
        found.errors.extend(parts(errors).map(prose));
    }
    found
}

/// The errors of a paragraph: those in brackets belong to the one before.
fn parts(errors: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let is_end = move |letter: char| {
        match letter {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ';' && depth == 0
    };
    errors
        .split(is_end)
        .map(|part| part.trim().trim_end_matches('.'))
        .filter(|part| !part.is_empty())
}

fn prose(text: &str) -> Prose {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(number, part)| (number % 2 == 1, part.to_owned()));
    Prose(parts.filter(|(_, part)| !part.is_empty()).collect())
}

#[cfg(test)]
mod tests;
