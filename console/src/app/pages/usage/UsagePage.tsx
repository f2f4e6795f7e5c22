import { Page } from '@/ui'

export const UsagePage = () => <Page title="UsagePage">{null}</Page>
