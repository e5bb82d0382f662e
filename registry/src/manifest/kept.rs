//! The stored form of the manifest.

use super::Manifest;

impl Manifest {
    /// The text that the registry stores.
    pub fn kept(&self) -> String {
        // The manifest has only texts, numbers and sets of them, which always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The names of the fields in which two manifests differ.
    pub fn differing_fields(&self, other: &Self) -> Vec<&'static str> {
        let Self {
            name,
            version,
            title,
            summary,
            contact,
            capabilities,
            purposes,
            payment_service_codes,
            templates,
            events,
            exchange_operations,
            documents,
            presentations,
            signature,
            outbound_hosts,
            authorization,
            limits,
        } = self;
        let fields = [
            ("name", *name != other.name),
            ("version", *version != other.version),
            ("title", *title != other.title),
            ("summary", *summary != other.summary),
            ("contact", *contact != other.contact),
            ("capabilities", *capabilities != other.capabilities),
            ("purpose", *purposes != other.purposes),
            (
                "payments.service-codes",
                *payment_service_codes != other.payment_service_codes,
            ),
            ("template", *templates != other.templates),
            ("events", *events != other.events),
            (
                "exchange.operations",
                *exchange_operations != other.exchange_operations,
            ),
            ("document", *documents != other.documents),
            ("presentation", *presentations != other.presentations),
            ("signature", *signature != other.signature),
            ("outbound.hosts", *outbound_hosts != other.outbound_hosts),
            ("requests.authorization", *authorization != other.authorization),
            ("limits", *limits != other.limits),
        ];
        fields
            .into_iter()
            .filter_map(|(field, differs)| differs.then_some(field))
            .collect()
    }
}
