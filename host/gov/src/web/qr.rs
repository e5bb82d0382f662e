//! QR codes (ISO/IEC 18004) as pictures in pages.

use qrcode::QrCode;
use qrcode::render::svg;

/// The least size of the picture in pixels.
const QR_PIXELS: u32 = 220;

/// The address as a QR code: an SVG element. `None` if it is too long for one.
pub fn qr_picture(address: &str) -> Option<String> {
    let code = QrCode::new(address).ok()?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_PIXELS, QR_PIXELS)
        .dark_color(svg::Color("#000000"))
        .light_color(svg::Color("#ffffff"))
        .build();
    // The element without the XML declaration.
    drawn
        .find("<svg")
        .and_then(|start| drawn.get(start..))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::qr_picture;

    #[test]
    fn address_becomes_an_element_and_one_that_is_too_long_does_not() {
        assert!(qr_picture("https://aim.example/").unwrap().starts_with("<svg"));
        assert_eq!(qr_picture(&"x".repeat(8_000)), None);
    }
}
