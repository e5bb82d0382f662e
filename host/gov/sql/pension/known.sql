SELECT fin
FROM sim_pensioner
