"""How devices are spoken to: sessions, readers, writers. Drivers report; they do not judge, plan or decide."""
