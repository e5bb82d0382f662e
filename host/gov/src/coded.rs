//! Closed lists whose variants have codes.

/// Gives `strum` enums a list of their variants (`ALL`) and each variant its code, which is the same in
/// databases, documents, forms and the WIT.
#[macro_export]
macro_rules! coded {
    ($($type:ident),* $(,)?) => {$(
        impl $type {
            pub const ALL: &'static [Self] = <Self as ::strum::VariantArray>::VARIANTS;

            pub fn code(self) -> &'static str {
                self.into()
            }
        }
    )*};
}
