SELECT COUNT(*) FROM open_data_act
