//! Signed files of each form and level, of a platform of its own in this process: its services ask for more than a sample
//! does.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::apis::Apis;
use aim_gov::clock::Clock;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::grant::{Attribute, Boundary, Capability, FetchType, Grant, LawfulBasis, Purpose};
use aim_gov::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::signature::{
    Asked, AskedContent, Assurance, Begun, Format, Indication, Level, NewDocument, NewFile, NewSigning,
    Party, SignatureTerms, SigningOrder, blank_pdf,
};
use aim_gov::text::{Locale, Localised};
use aim_tests::actors::citizen::ORDINARY;
use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const PURPOSE: &str = "sign";
/// The second signer.
const SECOND: &str = "OTEST04";
/// The file of the signatures beside files.
const TEXT: &str = "Razıyam.\n";

/// Signs a file in each form and at each level.
pub async fn sign_all(platform: &str) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let db = Db::open(&sqlite_address(&folder.path().join("aim.db"))).await?;
    let own = Platform {
        db,
        clock: Clock::system(),
        random: Random::system(),
    };
    let signer = Signer::new(Apis::open(own, platform).await?).await?;
    let pdf = NewFile {
        name: "page.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        content: blank_pdf()?,
    };
    let text = NewFile {
        name: "text.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: TEXT.as_bytes().to_vec(),
    };
    let pades = |level| signer.sign(Format::Pades, level, pdf.clone());
    let jades = |level| signer.sign(Format::Jades, level, text.clone());
    let stamped = pades(Level::BT).await?;
    Ok(json!({
        "root": STANDARD.encode(signer.apis.signatures.backend().authorities().root),
        "pades": { "b-b": pades(Level::BB).await?, "b-t": stamped },
        "jades": { "b-b": jades(Level::BB).await?, "b-t": jades(Level::BT).await? },
        "two": {
            "pades": signer.sign_with_second(Format::Pades, pdf.clone()).await?,
            "jades": signer.sign_with_second(Format::Jades, text.clone()).await?,
        },
        "files": { "text.txt": STANDARD.encode(TEXT) },
        "checked": signer.checked(&stamped).await?,
    }))
}

/// A citizen in front of a service that asks for signatures.
struct Signer {
    apis: Apis,
    invocation: Invocation,
}

impl Signer {
    async fn new(apis: Apis) -> Result<Self> {
        let citizen = apis.identity.citizen(ORDINARY).context("no such citizen")?;
        let now = apis.platform.clock.now();
        let attributes = BTreeSet::from([Attribute::Name, Attribute::Fin]);
        let purpose = Purpose {
            code: PURPOSE.to_owned(),
            text: text(),
            basis: LawfulBasis::Consent,
            attributes: attributes.clone(),
            optional: BTreeSet::new(),
            fetch: FetchType::Periodic,
            valid_days: 1,
            retention_days: 0,
            recipients: Vec::new(),
        };
        let service = Arc::new(Service {
            id: ServiceId("signatures".to_owned()),
            title: text(),
            controller: "İmza MMC".to_owned(),
            tax_id: "1500000070".to_owned(),
            version: "1.0.0".to_owned(),
            digest: format!("sha256:{}", "0".repeat(64)),
            grant: Grant {
                capabilities: BTreeSet::from([Capability::Signature]),
                purposes: vec![purpose],
                signature: SignatureTerms {
                    formats: BTreeSet::from([Format::Pades, Format::Jades]),
                    assurances: BTreeSet::from([Assurance::Advanced]),
                    named_by_citizen: false,
                },
                boundary: Boundary {
                    ends_at: now.plus_days(1),
                    citizens_max: 2,
                    signatures_max: 10,
                    calls_per_minute_max: 1_000,
                    ..Boundary::default()
                },
                ..Grant::default()
            },
            origin: "http://signatures.localhost".to_owned(),
            platform: "http://localhost".to_owned(),
            stopped: AtomicBool::new(false),
        });
        let agreed = apis.consent.give(&service, &citizen, PURPOSE, &attributes).await;
        agreed.map_err(refused)?;
        let session = Session {
            citizen,
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: now,
            locale: Locale::Az,
        };
        Ok(Self {
            apis,
            invocation: Invocation {
                service,
                session: Some(session),
                request_id: "req_1".to_owned(),
                return_path: "/".to_owned(),
                locale: Locale::Az,
                usage: aim_gov::usage::Usage::default(),
            },
        })
    }

    /// Signed files, as they are and changed since, with the platform's own result for each.
    async fn checked(&self, signed: &str) -> Result<Vec<Value>> {
        let good = STANDARD.decode(signed)?;
        let with = |wanted: &[u8], skip: usize, digit: u8| {
            let at = good.windows(wanted.len()).position(|window| window == wanted);
            let mut file = good.clone();
            let byte = at
                .and_then(|at| file.get_mut(at + skip))
                .context("no such place")?;
            *byte = if *byte == digit { b'1' } else { digit };
            Ok::<_, anyhow::Error>(file)
        };
        let files = [
            ("good", good.clone()),
            ("page", with(b"595", 0, b'6')?),
            ("time", with(b"(D:20", 4, b'2')?),
            ("value", with(b"/Contents", 2_000, b'0')?),
            (
                "later",
                [
                    good.as_slice(),
                    b"
%later
",
                ]
                .concat(),
            ),
        ];
        let mut checked = Vec::new();
        for (name, content) in files {
            let new = NewFile {
                name: "checked.bin".to_owned(),
                media_type: "application/octet-stream".to_owned(),
                content: content.clone(),
            };
            let signatures = &self.apis.signatures;
            let file = signatures.stage(&self.invocation, new).await.map_err(refused)?;
            let report = signatures
                .verify(&self.invocation, &file.id, &[])
                .await
                .map_err(refused)?;
            let signature = report.signatures.first().context("no signature")?;
            checked.push(json!({
                "name": name,
                "file": STANDARD.encode(content),
                "passed": report.indication == Indication::Passed,
                "why": signature.sub_indication.map(|why| why.code()),
                "covers_all": signature.covers_all,
            }));
        }
        Ok(checked)
    }

    /// The signed file, in Base64.
    async fn sign(&self, format: Format, level: Level, file: NewFile) -> Result<String> {
        let citizen = &self
            .invocation
            .session
            .as_ref()
            .context("nobody is here")?
            .citizen;
        let key = format!("{}-{}", format.code(), level.code());
        self.signed(&key, (format, level), file, &[(Party::Current, citizen)])
            .await
    }

    /// The file with the signatures of two citizens and their time stamps, in Base64.
    async fn sign_with_second(&self, format: Format, file: NewFile) -> Result<String> {
        let service = &self.invocation.service;
        let citizen = &self
            .invocation
            .session
            .as_ref()
            .context("nobody is here")?
            .citizen;
        let second = self.apis.identity.citizen(SECOND).context("no such citizen")?;
        let attributes = BTreeSet::from([Attribute::Name, Attribute::Fin]);
        let agreed = self
            .apis
            .consent
            .give(service, &second, PURPOSE, &attributes)
            .await;
        agreed.map_err(refused)?;
        let sub = self.apis.identity.sub(&service.id, &second);
        let signers = [(Party::Current, citizen), (Party::Citizen(sub), &second)];
        let key = format!("two-{}", format.code());
        self.signed(&key, (format, Level::BT), file, &signers).await
    }

    async fn signed(
        &self,
        key: &str,
        (format, level): (Format, Level),
        file: NewFile,
        signers: &[(Party, &CitizenId)],
    ) -> Result<String> {
        let signatures = &self.apis.signatures;
        let asking = &self.invocation;
        let file = signatures.stage(asking, file).await.map_err(refused)?;
        let new = NewSigning {
            signers: signers.iter().map(|(party, _)| (party.clone(), None)).collect(),
            order: SigningOrder::Any,
            documents: vec![NewDocument {
                label: text(),
                content: AskedContent::File(file.id),
            }],
            assurance: Asked::Offered(Assurance::Advanced),
            format: Asked::Offered(format),
            level: Asked::Offered(level),
            purpose: PURPOSE.to_owned(),
            description: text(),
            reference: "1".to_owned(),
            return_path: "/".to_owned(),
            expires: self.apis.platform.clock.now().plus_days(1),
        };
        let signing = signatures.create(asking, key, new).await.map_err(refused)?;
        for (_, citizen) in signers {
            let Some(Begun::Attempt(attempt)) = signatures.begin(citizen, &signing.id).await? else {
                bail!("no attempt begins");
            };
            signatures.choose(citizen, &signing.id, &attempt.code).await?;
        }
        let signed = signatures.get(asking, &signing.id).await.map_err(refused)?;
        let file = signed.signed_files.first().context("nothing was signed")?;
        let bytes = signatures.read(asking, &file.id, 0).await.map_err(refused)?;
        Ok(STANDARD.encode(bytes))
    }
}

fn text() -> Localised {
    Localised {
        az: "İmza".to_owned(),
        en: None,
        ru: None,
    }
}

fn refused(error: aim_gov::error::GovError) -> anyhow::Error {
    anyhow::anyhow!("refused: {}", error.code())
}
