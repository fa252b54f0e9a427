"""What tests share: servers, brokers, made articles, child processes."""
