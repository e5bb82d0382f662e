//! A server that speaks the protocol of Amazon S3 and was written by others: moto, from the Python package index.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use aim_registry::component_store::Bucket;
use anyhow::{Context as _, Result, ensure};
use reqwest::header::AUTHORIZATION;
use reqwest::{Certificate, Client, Method, Response};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::http;

/// How long the start may take.
const START_MAX: Duration = Duration::from_secs(60);
/// What it says, before its address, once it takes connections.
const READY: &str = "Running on ";
/// The bucket that is there from the start.
const BUCKET: &str = "aim-components";
/// What the names of our objects begin with.
const PREFIX: &str = "aim/one";
/// Keys of a listing on one page.
const PAGE_KEYS: &str = "2";

/// A running server with an empty bucket. Until [`Moto::demand_keys`] it takes every signature, and none. Dropping it kills it.
#[derive(Debug)]
pub struct Moto {
    child: Child,
    client: Client,
    /// Its address.
    pub url: String,
}

impl Moto {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// When it was not installed, or does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[], http::plain()?).await
    }

    /// Starts it behind TLS with the chain and the key in these files.
    ///
    /// # Errors
    /// As [`Moto::start`].
    pub async fn start_over_tls(chain: &Path, key: &Path) -> Result<Self> {
        let certificate = Certificate::from_pem(&std::fs::read(chain)?)?;
        http::install_cryptography();
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([certificate])
            .build()?;
        let (chain, key) = (chain.display().to_string(), key.display().to_string());
        Self::start_with(&["--ssl-cert", &chain, "--ssl-key", &key], client).await
    }

    async fn start_with(arguments: &[&str], client: Client) -> Result<Self> {
        let program = std::env::var_os("AIM_MOTO")
            .context("`cargo xtask test` installs moto and sets AIM_MOTO to the path of its `moto_server`")?;
        let mut child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0"])
            .args(arguments)
            .env("MOTO_S3_DEFAULT_MAX_KEYS", PAGE_KEYS)
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stderr = child.stderr.take().context("no standard error")?;
        let mut log = BufReader::new(stderr).lines();
        let ready = async {
            while let Some(line) = log.next_line().await? {
                if let Some((_, url)) = line.split_once(READY) {
                    return Ok(url.trim().to_owned());
                }
            }
            anyhow::bail!("moto ended")
        };
        let url = timeout(START_MAX, ready).await??;
        // It writes a line for every request, which somebody must read.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        let moto = Self { child, client, url };
        moto.ask(Method::PUT, "", Vec::new()).await?;
        Ok(moto)
    }

    /// What opens the bucket.
    ///
    /// # Errors
    /// When its address is not one.
    pub fn bucket(&self) -> Result<Bucket> {
        Ok(Bucket {
            endpoint: self.url.parse()?,
            region: "us-east-1".to_owned(),
            name: BUCKET.to_owned(),
            prefix: PREFIX.to_owned(),
            access_key_id: "anybody".to_owned(),
            secret_access_key: "anything".into(),
        })
    }

    /// A bucket as settings of `aimd`. The secret key is in the file `secret`.
    pub fn settings(bucket: &Bucket) -> String {
        format!(
            "s3.endpoint = \"{}\"\ns3.bucket = \"{}\"\ns3.prefix = \"{}\"\ns3.access_key_id = \"{}\"\n\
             s3.secret_access_key_file = \"secret\"",
            bucket.endpoint, bucket.name, bucket.prefix, bucket.access_key_id
        )
    }

    /// Asks about an object of the bucket as anybody; the bucket itself has no name.
    ///
    /// # Errors
    /// When the answer is not 2xx.
    pub async fn ask(&self, method: Method, object: &str, body: Vec<u8>) -> Result<Response> {
        let url = format!("{}/{BUCKET}/{object}", self.url);
        let answer = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, signed("s3"));
        let answer = answer.body(body).send().await?;
        Ok(answer.error_for_status()?)
    }

    /// Where the component of this digest is in the bucket.
    pub fn object_of(digest: &str) -> String {
        format!("{PREFIX}/{}", digest.replace(':', "/"))
    }

    /// The listing of uploads that were neither completed nor aborted.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn uploads(&self) -> Result<String> {
        Ok(self
            .ask(Method::GET, "?uploads", Vec::new())
            .await?
            .text()
            .await?)
    }

    /// From now on checks every signature; answers the bucket with a key that may do everything.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn demand_keys(&self) -> Result<Bucket> {
        let policy =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        self.iam(&[("Action", "CreateUser")]).await?;
        self.iam(&[
            ("Action", "PutUserPolicy"),
            ("PolicyName", "everything"),
            ("PolicyDocument", policy),
        ])
        .await?;
        let made = self.iam(&[("Action", "CreateAccessKey")]).await?;
        let element = |name: &str| -> Result<String> {
            let (_, rest) = made.split_once(&format!("<{name}>")).context("no such element")?;
            let (text, _) = rest.split_once('<').context("it does not end")?;
            Ok(text.to_owned())
        };
        let reset = self.client.post(format!("{}/moto-api/reset-auth", self.url));
        let reset = reset
            .header("content-type", "text/plain")
            .body("0")
            .send()
            .await?;
        ensure!(reset.status().is_success(), "{}", reset.status());
        Ok(Bucket {
            access_key_id: element("AccessKeyId")?,
            secret_access_key: element("SecretAccessKey")?.into(),
            ..self.bucket()?
        })
    }

    async fn iam(&self, form: &[(&str, &str)]) -> Result<String> {
        let answer = self
            .client
            .post(&self.url)
            .header(AUTHORIZATION, signed("iam"))
            .form(&[("Version", "2010-05-08"), ("UserName", "aimd")])
            .query(form)
            .send()
            .await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// Ends it, with all that it keeps.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}

/// A signature that nobody checks.
fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=anybody/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}
