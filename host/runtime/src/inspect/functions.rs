//! Counts the functions that will be compiled for a component: the total of a progress bar.

use std::collections::BTreeSet;

use wasmparser::{BinaryReaderError, ElementItems, ExternalKind, Operator, Parser, Payload, TypeRef};

/// The functions of all modules, and one more for each function that the host could call, because it is
/// exported or in a table. The compiler's glue between modules, about one in a hundred, is not included. 0 if
/// the component cannot be read, which its compilation reports.
pub(crate) fn functions(bytes: &[u8]) -> u32 {
    let functions = count(bytes).unwrap_or_default();
    u32::try_from(functions).unwrap_or(u32::MAX)
}

/// The module that is being read.
#[derive(Default)]
struct Module {
    imported: u32,
    defined: u32,
    callable: BTreeSet<u32>,
}

impl Module {
    fn functions(&self) -> usize {
        let callable = self.callable.range(self.imported..).count();
        usize::try_from(self.defined)
            .unwrap_or(usize::MAX)
            .saturating_add(callable)
    }
}

fn count(bytes: &[u8]) -> Result<usize, BinaryReaderError> {
    let mut before: usize = 0;
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            // A module, or the component around it: modules contain no modules.
            Payload::Version { .. } => {
                before = before.saturating_add(module.functions());
                module = Module::default();
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(_) | TypeRef::FuncExact(_) = import?.ty {
                        module.imported = module.imported.saturating_add(1);
                    }
                }
            }
            Payload::FunctionSection(section) => module.defined = section.count(),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    if export.kind == ExternalKind::Func {
                        module.callable.insert(export.index);
                    }
                }
            }
            Payload::ElementSection(section) => {
                for element in section {
                    in_tables(element?.items, &mut module.callable)?;
                }
            }
            _ => {}
        }
    }
    Ok(before.saturating_add(module.functions()))
}

fn in_tables(items: ElementItems<'_>, callable: &mut BTreeSet<u32>) -> Result<(), BinaryReaderError> {
    match items {
        ElementItems::Functions(functions) => {
            for function in functions {
                callable.insert(function?);
            }
        }
        ElementItems::Expressions(_, expressions) => {
            for expression in expressions {
                for operator in expression?.get_operators_reader() {
                    if let Operator::RefFunc { function_index } = operator? {
                        callable.insert(function_index);
                    }
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::functions;

    fn count(wat: &str) -> u32 {
        functions(&wat::parse_str(wat).unwrap())
    }

    #[test]
    fn functions_that_the_host_could_call_count_twice() {
        assert_eq!(count("(component)"), 0);
        assert_eq!(count("(component (core module (func) (func)))"), 2);
        let module = "(core module (import \"a\" \"b\" (func)) (table 4 funcref)
            (func) (func (export \"f\")) (func) (elem (i32.const 0) func 0 2 3 3)
            (elem declare funcref (ref.func 1)))";
        // Three of its own, all of them exported or in a table; the import is not its own.
        assert_eq!(count(&format!("(component {module})")), 6);
        assert_eq!(count(&format!("(component {module} (component {module}))")), 12);
    }

    #[test]
    fn unreadable_component_has_no_functions() {
        assert_eq!(functions(b"no component"), 0);
    }
}
