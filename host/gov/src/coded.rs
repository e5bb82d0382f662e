//! Closed lists whose members have codes.

/// Gives lists of `strum` their members in order (`ALL`) and each member its code, which is the same in databases,
/// documents, forms and the WIT.
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
