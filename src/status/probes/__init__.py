"""Probes: may this process get traffic, is it alive, has it started?"""
