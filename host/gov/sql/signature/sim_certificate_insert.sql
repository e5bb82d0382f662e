INSERT INTO sim_certificate (number, holder, private, certificate, until_ms)
VALUES ($1, $2, $3, $4, $5)
