SELECT signing_output.id, signing_output.name, signing_output.media_type, signing_output.size, signing_output.sha256, signing_output.content, signing_output.signing
FROM signing_output
WHERE signing_output.id = $1
