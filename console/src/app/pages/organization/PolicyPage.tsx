import { Page } from '@/ui'

export const PolicyPage = () => <Page title="PolicyPage">{null}</Page>
